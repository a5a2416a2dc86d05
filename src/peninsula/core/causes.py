"""Decide what may have led to a failure, and how much is known of it."""

from __future__ import annotations

import re
from enum import StrEnum

__all__ = ["Strength", "error_type"]


class Strength(StrEnum):
    """How sure it is that one thing led to another."""

    LINKED = "linked"
    """A fact: the failure's event follows the other's."""
    STRONG = "strong"
    """An event of the infrastructure that the run was on."""
    LIKELY = "likely"
    """About the same resource, and close in time."""
    COINCIDENT = "coincident"
    """Only time: say "preceded by"."""


_TYPE = re.compile(r"([A-Za-z_][\w.<>]*)(?:: |$)")


def error_type(message: str | None) -> str | None:
    """Return the exception's type that a state's message begins with: `core.life.describe`."""
    found = _TYPE.match(message or "")
    return found[1] if found else None
