"""What a journal holds and a batch carries: numbered records, and the server's answer to them."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from msgspec import Raw, Struct

from peninsula.core.events import Event

__all__ = [
    "PROTOCOL",
    "Batch",
    "BlobRecord",
    "Command",
    "CommandAction",
    "EventRecord",
    "GapRecord",
    "LogLine",
    "LogRecord",
    "Orders",
    "Process",
    "Receipt",
    "Record",
    "Refusal",
    "UnknownRecord",
]

PROTOCOL: Final = 1
"""Version of the batches. A server takes its own and older ones."""


class EventRecord(
    Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="event"
):
    """An event, with the run it happened in."""

    number: int
    stamp: int
    event: Event
    run: UUID | None = None
    """The innermost run."""
    root: UUID | None = None
    """The flow run at the top of its tree."""


class LogLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message of a run's log."""

    time: int
    """µs since 1970, UTC."""
    level: int
    """As in `logging`: 10 debug, 20 info, 30 warning, 40 error, 50 critical."""
    logger: str
    message: str


class LogRecord(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="log"):
    """Messages of one run."""

    number: int
    stamp: int
    run: UUID
    root: UUID
    lines: tuple[LogLine, ...]


class BlobRecord(
    Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="blob"
):
    """A chunk of an artifact's body."""

    number: int
    stamp: int
    sha256: str
    """Of the whole body, in hex."""
    size: int
    """Of the whole body, in bytes."""
    offset: int
    data: bytes


class GapRecord(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="gap"):
    """What the emitter could not keep. The server makes it an event."""

    number: int
    stamp: int
    reason: str
    """`disk-full`, `size-limit`, `segment-lost`, `read-only`."""
    dropped: dict[str, int]
    """How many of each: `log`, `event`, `blob`."""
    since: int
    """When the first was dropped, µs since 1970."""


Record = EventRecord | LogRecord | BlobRecord | GapRecord


class UnknownRecord(Struct, frozen=True, kw_only=True):
    """A record of a kind this server does not know. It is kept as it came."""

    kind: str
    number: int
    stamp: int
    raw: bytes


class Process(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The process behind an emitter: the header of its journal says the same."""

    emitter: UUID
    host: str
    user: str
    pid: int
    boot: str
    """Id of the machine's boot: a pid says nothing across one."""
    started: int
    """µs since 1970."""
    version: str
    command: str = ""


class Batch(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Records of one emitter, in the order of their numbers, without holes."""

    protocol: int
    process: Process
    first: int
    """Number of the first record."""
    records: list[Raw]
    lost_before: int = 0
    """Records up to this number are nowhere to be had any more: the server may skip to the next."""
    closing: bool = False
    """The process ends, or has ended, with the last record: nothing follows."""
    adopted: bool = False
    """Sent by another process, which holds the lock of the journal: its process is gone."""


class Refusal(Struct, frozen=True, kw_only=True):
    """One record that the server did not take, and why. It is not sent again."""

    number: int
    code: str
    message: str


class Receipt(Struct, frozen=True, kw_only=True):
    """What the server answers to a batch, after the commit."""

    log_id: UUID
    committed: int
    """Highest number of this emitter in the log. The next batch starts after it."""
    stamp: int
    refused: tuple[Refusal, ...] = ()


CommandAction = str
"""`cancel`, `pause` or `resume`."""


class Command(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a process is told to do with one of its runs."""

    id: UUID
    run: UUID
    action: CommandAction
    message: str | None = None


class Orders(Struct, frozen=True, kw_only=True):
    """The answer to a long poll: commands not yet acknowledged."""

    stamp: int
    commands: tuple[Command, ...] = ()
