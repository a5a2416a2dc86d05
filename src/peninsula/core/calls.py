"""Tell uses of systems outside: what one event says of one call, and one of many calls."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from msgspec import Raw, Struct

from peninsula.core import codec
from peninsula.core.events import EMPTY, Event, Related, Resource
from peninsula.core.tallies import Tally

__all__ = [
    "CALL",
    "CANCELLED",
    "COMPLETED",
    "FAILED",
    "LOST",
    "ROLLED_UP",
    "Begun",
    "Credential",
    "Report",
    "RollUp",
    "lost_event",
    "roll_up_event",
]

CALL: Final = "peninsula.call."
"""What the names of these events begin with: `peninsula.call.<type>.<method>.<what happened>`."""

COMPLETED: Final = "completed"
FAILED: Final = "failed"
CANCELLED: Final = "cancelled"
LOST: Final = "lost"
ROLLED_UP: Final = "rolled-up"


class Credential(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What may be said of the credential that a call went with."""

    version: str | None = None
    """A keyed hash of it: another one says that the credential was changed."""
    expires: datetime | None = None


class Report(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The payload of an event about one call."""

    type: str
    """Type of the block, or the library that was observed: `s3-bucket`."""
    method: str
    """What was called: `read_path`."""
    started: datetime
    seconds: float | None = None
    """How long it took; of one that did not return nobody knows."""
    busy: float | None = None
    """Seconds of them spent in the generator itself, and not in who consumed it."""
    items: int | None = None
    """How many a generator gave."""
    bytes: int | None = None
    rows: int | None = None
    status: int | None = None
    """Of HTTP: what the service answered at last."""
    error: str | None = None
    """Type and message, secrets masked."""
    error_type: str | None = None
    left_by: str | None = None
    """Type of the exception with which its caller left the block or the generator."""
    ordered: str | None = None
    """Of one that did not end well: the state that its run was ordered to end in just then, which
    cut it off: `TimedOut`."""
    idle: bool = False
    """Of one that did not return: it waited for its caller, as a generator does between values."""
    arguments: Raw = EMPTY
    """Types and lengths, by name; never values."""
    credential: Credential | None = None
    counted: bool = False
    """It is also among the calls of a roll-up."""
    message: str | None = None


class RollUp(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The payload of an event about many calls of one method, beyond those told one by one."""

    type: str
    method: str
    started: datetime
    """From when on they were counted."""
    calls: int
    """How many ended."""
    failures: int = 0
    cancelled: int = 0
    lost: int = 0
    """How many did not return, and have no event of their own."""
    bytes: int | None = None
    rows: int | None = None
    min: float = 0.0
    mean: float = 0.0
    p95: float = 0.0
    max: float = 0.0
    """Seconds of one call, as the three before."""


class Begun(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What is known of a call while it is under way, or of all calls of one method."""

    id: UUID | None = None
    """Of the event that will tell it."""
    run: UUID | None = None
    root: UUID | None = None
    name: str
    """Of its events, without the last part: `peninsula.call.s3-bucket.read_path`."""
    about: Resource
    related: tuple[Related, ...] = ()
    type: str
    method: str
    started: int = 0
    """µs since 1970."""
    arguments: Raw = EMPTY
    follows: UUID | None = None


_LOST: Final = "Its process ended before it returned."
_LOST_IDLE: Final = "Its process ended while it waited for its caller to go on."


def lost_event(begun: Begun, id_: UUID, at: int, *, idle: bool = False) -> Event:
    """Return the event of a call that did not return; its process was last heard of `at` (µs).

    `idle`: it was not at work then, but waited for its caller.
    """
    report = Report(
        type=begun.type,
        method=begun.method,
        started=_moment(begun.started),
        arguments=begun.arguments,
        idle=idle,
        message=_LOST_IDLE if idle else _LOST,
    )
    return Event(
        id=id_,
        occurred=_moment(max(at, begun.started)),
        event=f"{begun.name}.{LOST}",
        resource=begun.about,
        related=begun.related,
        payload=Raw(codec.encode(report)),
        follows=begun.follows,
    )


def roll_up_event(of: Begun, tally: Tally, at: int, *, lost: int = 0) -> Event:
    """Return the event that tells what calls of one method came to, up to a moment (µs)."""
    payload = RollUp(
        type=of.type,
        method=of.method,
        started=_moment(tally.since),
        calls=tally.calls,
        failures=tally.failures,
        cancelled=tally.cancelled,
        lost=lost,
        bytes=tally.bytes or None,
        rows=tally.rows or None,
        min=tally.least,
        mean=tally.mean,
        p95=tally.p95,
        max=tally.most,
    )
    return Event(
        id=tally.id,
        occurred=_moment(max(at, tally.since)),
        event=f"{of.name}.{ROLLED_UP}",
        resource=of.about,
        related=of.related,
        payload=Raw(codec.encode(payload)),
    )


def _moment(micros: int) -> datetime:
    return datetime.fromtimestamp(micros / 1e6, UTC)
