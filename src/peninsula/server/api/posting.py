"""Put events into the log that come from elsewhere, and say of each what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from peninsula.core import codec, limits
from peninsula.core.answers import Posted, RefusedEvent
from peninsula.core.errors import ConflictError, InvalidError, PeninsulaError, TooLargeError
from peninsula.core.events import Event, check_event
from peninsula.core.resources import OWN, cleaned
from peninsula.server.api.request import ApiRequest

__all__ = ["POSTED", "post"]

POSTED: Final = 1_000
"""Events in one list."""


async def post(
    request: ApiRequest, given: Sequence[Event | PeninsulaError], *, single: bool = False
) -> Posted:
    """Put events into the log; the same event again changes nothing.

    What is an error already, or refused, is told in the answer. `single`: it is raised.
    """
    if len(given) > POSTED:
        msg = f"{len(given)} events at once; the limit is {POSTED}. Send them in parts."
        raise TooLargeError(msg, limit=POSTED)
    refused: list[RefusedEvent] = []
    fit: list[tuple[int, Event]] = []
    for index, each in enumerate(given):
        try:
            fit.append((index, _checked(each)))
        except PeninsulaError as problem:
            if single:
                raise
            refused.append(RefusedEvent(index=index, code=problem.code, message=problem.message))
    for refusal in await request.services.intake.post([event for _, event in fit]):
        if single:
            raise ConflictError(refusal.message)
        index = fit[refusal.number - 1][0]
        refused.append(RefusedEvent(index=index, code=refusal.code, message=refusal.message))
    return Posted(
        log_id=request.services.log_id,
        accepted=len(given) - len(refused),
        refused=tuple(sorted(refused, key=lambda refusal: refusal.index)),
    )


def _checked(given: Event | PeninsulaError) -> Event:
    if isinstance(given, PeninsulaError):
        raise given
    event = cleaned(given)
    check_event(event)
    if event.event.startswith(OWN):
        msg = f"{event.event!r}: names that begin with {OWN!r} are ours. Choose another."
        raise InvalidError(msg)
    payload = bytes(event.payload)
    if len(payload) > limits.EVENT_BYTES:
        msg = f"Event {event.id} has {len(payload)} bytes; the limit is {limits.EVENT_BYTES}."
        raise TooLargeError(msg)
    codec.check_json(payload)
    return event
