"""Read back what calls were told."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from peninsula.core.calls import CALL
from tests.support.told import Told

__all__ = ["Seen", "seen"]


class Seen(NamedTuple):
    """One call, as its event says it."""

    name: str
    """`s3-bucket.read_path.completed`."""
    about: str
    touched: tuple[str, ...]
    """What it went to beside that."""
    says: dict[str, Any]


def seen(told: Told) -> list[Seen]:
    """Return the calls that were told, in the order of their ends."""
    return [
        Seen(
            event.event.removeprefix(CALL),
            event.resource.id,
            tuple(each.id for each in event.related if each.role == "touched"),
            json.loads(bytes(event.payload)),
        )
        for event in (record.event for record in told.events())
        if event.event.startswith(CALL)
    ]
