"""What a journal holds and a batch carries: numbered records, and the server's answer to them."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Raw, Struct

from peninsula.core import limits
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

Number = Annotated[int, Meta(ge=1, lt=1 << 62)]
Stamp = Annotated[int, Meta(ge=0, lt=limits.LATEST)]
Micros = Annotated[int, Meta(ge=limits.EARLIEST, lt=limits.LATEST)]

PROTOCOL: Final = 1
"""Version of the batches. A server takes its own and older ones."""


class EventRecord(
    Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag_field="kind", tag="event"
):
    """An event, with the run it happened in."""

    number: Number
    stamp: Stamp
    event: Event
    run: UUID | None = None
    """The innermost run."""
    root: UUID | None = None
    """The flow run at the top of its tree."""


class LogLine(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One message of a run's log."""

    time: Micros
    """µs since 1970, UTC."""
    level: Annotated[int, Meta(ge=0, le=1000)]
    """As in `logging`: 10 debug, 20 info, 30 warning, 40 error, 50 critical."""
    logger: str
    message: str


class LogRecord(
    Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag_field="kind", tag="log"
):
    """Messages of one run."""

    number: Number
    stamp: Stamp
    run: UUID
    root: UUID
    lines: tuple[LogLine, ...]


class BlobRecord(
    Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag_field="kind", tag="blob"
):
    """A chunk of an artifact's body."""

    number: Number
    stamp: Stamp
    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    """Of the whole body, in hex."""
    size: Annotated[int, Meta(ge=0)]
    """Of the whole body, in bytes."""
    offset: Annotated[int, Meta(ge=0, lt=1 << 31)]
    data: bytes


class GapRecord(
    Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag_field="kind", tag="gap"
):
    """What the emitter could not keep. The server makes it an event."""

    number: Number
    stamp: Stamp
    reason: str
    """`disk-full`, `read-only`, `disk-error`, `size-limit`, `segment-lost`."""
    dropped: dict[str, Annotated[int, Meta(ge=0, lt=1 << 62)]]
    """How many of each: `debug-log`, `call`, `log`, `blob`, `event`, `state`; of what was lost
    after it was written, `record`. Log lines and blobs count by themselves."""
    since: Micros
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
    pid: Annotated[int, Meta(ge=0, lt=1 << 32)]
    boot: str
    """Id of the machine's boot: a pid says nothing across one."""
    started: Micros
    """µs since 1970."""
    version: str
    command: str = ""


class Batch(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Records of one emitter, in the order of their numbers, without holes."""

    protocol: int
    process: Process
    first: Number
    """Number of the first record."""
    records: list[Raw]
    lost_before: Annotated[int, Meta(ge=0, lt=1 << 62)] = 0
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
"""`cancel`, `pause`, `suspend` or `resume`; to the worker that started its process, `stop`."""


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
