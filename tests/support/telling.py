"""What scripts of tests begin with: `tell(name)` emits an event and then writes its name to stdout.

A name that was read from a script's output is that of an event whose emit returned.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime

from msgspec import Raw

from peninsula.core import codec, ids
from peninsula.core.events import Event, Resource
from peninsula.journal.emitter import current

__all__ = ["tell", "told"]


def tell(name: str, size: int = 0) -> None:
    """Emit, then say so: in one write, which no signal tears."""
    current().emit(
        Event(
            id=ids.uuid7(time.time_ns() // 1000, os.urandom(8)),
            occurred=datetime.now(UTC),
            event=name,
            resource=Resource(id="s3://lake"),
            payload=Raw(codec.encode({"text": "x" * size})),
        )
    )
    os.write(1, f"told {name}\n".encode())


def told(output: str) -> list[str]:
    """Return the names that a script said it told."""
    lines = output.splitlines()
    return [line.removeprefix("told ") for line in lines if line.startswith("told ")]
