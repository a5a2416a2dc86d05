"""Say how a call ended, and tell it by an event."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec import Raw

from peninsula.core import codec
from peninsula.core.addresses import hide_queries
from peninsula.core.calls import CANCELLED, COMPLETED, FAILED, Report
from peninsula.core.events import Event
from peninsula.core.life import describe, fit_message
from peninsula.sdk.interrupting.gates import Interrupt

if TYPE_CHECKING:
    from peninsula.sdk.outside.call import Call

__all__ = ["WELL", "Ending", "by_error", "by_refusal", "event_of"]

_CANCELS: Final = (asyncio.CancelledError, GeneratorExit, Interrupt, KeyboardInterrupt)


class Ending(NamedTuple):
    """How a call ended."""

    outcome: str
    error: str | None = None
    error_type: str | None = None


WELL: Final = Ending(COMPLETED)


def by_error(error: BaseException) -> Ending:
    """Return the ending by an exception."""
    outcome = CANCELLED if isinstance(error, _CANCELS) else FAILED
    return Ending(outcome, describe(error), type(error).__qualname__)


def by_refusal(kind: str, text: str) -> Ending:
    """Return the ending by an answer that says no."""
    return Ending(FAILED, hide_queries(fit_message(text)), kind)


def event_of(call: Call, ending: Ending, micros: int, *, counted: bool) -> Event:
    """Return the event that tells a call, which took that long."""
    begun, target = call.begun, call.target
    report = Report(
        type=call.type,
        method=call.method,
        started=datetime.fromtimestamp(begun.started / 1e6, UTC),
        seconds=micros / 1e6,
        busy=None if call.busy is None else round(call.busy, 6),
        items=call.items,
        bytes=call.bytes,
        rows=call.rows,
        status=call.status,
        error=ending.error,
        error_type=ending.error_type,
        left_by=call.left_by,
        ordered=call.ordered,
        arguments=target.arguments,
        credential=target.credential,
        counted=counted,
    )
    return Event(
        id=call.id,
        occurred=datetime.fromtimestamp((begun.started + micros) / 1e6, UTC),
        event=f"{begun.name}.{ending.outcome}",
        resource=begun.about,
        related=begun.related,
        payload=Raw(codec.encode(report)),
        follows=begun.follows,
    )
