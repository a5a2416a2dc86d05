"""Mask what looks like a secret, and know again what is one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from peninsula.core.texts import encodable, hide_passwords
from peninsula.journal import masking

__all__ = ["SHORTEST", "hide_within", "learn", "learn_passing", "texts_of"]

SHORTEST: Final = masking.SHORTEST
"""Characters of a secret that is masked in texts."""


def hide_within(value: Any) -> Any:
    """Mask users and passwords in addresses in all texts of a value, for JSON: no half characters.

    Other objects stay as they are.
    """
    match value:
        case str():
            return hide_passwords(encodable(value))
        case Mapping():
            return {hide_within(key): hide_within(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [hide_within(item) for item in value]
        case _:
            return value


def learn(secret: Any) -> None:
    """Mask a secret from now on in all that this process tells: pydantic's, or its texts."""
    masking.register(texts_of(secret))


def learn_passing(secret: Any) -> None:
    """Mask a secret for a while: one of the arguments of a call, of which there may be many."""
    masking.register_passing(texts_of(secret))


def texts_of(value: Any) -> Iterator[str]:
    """Give the texts of a secret: of pydantic's, or of what holds some."""
    match value:
        case str():
            yield value
        case bytes():
            yield value.decode("utf-8", "replace")
            if not value.isascii():  # else the one is written as the other
                yield repr(value)[2:-1]
        case Mapping():
            for item in value.values():
                yield from texts_of(item)
        case list() | tuple() | set() | frozenset():
            for item in value:
                yield from texts_of(item)
        case _ if hasattr(value, "get_secret_value"):
            yield from texts_of(value.get_secret_value())
