"""What emitters call: intake, offers, control."""

from __future__ import annotations

from peninsula.core import limits
from peninsula.core.answers import Emitters, Offers, Poll, Scope
from peninsula.core.errors import TooLargeError
from peninsula.core.records import Batch, Orders, Receipt
from peninsula.server.api.calls import RunKey, call
from peninsula.server.api.request import ApiRequest
from peninsula.server.api.waiting import while_there
from peninsula.server.services import own_run

__all__ = ["CALLS"]

OFFERED = 10_000
"""Emitters in one question."""


@call(
    "POST",
    "/intake",
    scope=Scope.EMIT,
    run_key=RunKey.CHECKED,
    body=Batch,
    errors=("gap", "too-large", "unavailable"),
)
async def take_batch(request: ApiRequest) -> Receipt:
    """Store what is new of a batch; answer after the commit. `gap`: send from `committed` + 1."""
    batch = await request.told(Batch, limits.BATCH_BYTES)
    if len(batch.records) > limits.BATCH_RECORDS:
        msg = (
            f"The batch has {len(batch.records)} records; the limit is {limits.BATCH_RECORDS}."
            " Split it."
        )
        raise TooLargeError(msg, limit=limits.BATCH_RECORDS)
    services, run = request.services, request.caller.run
    if run is not None:
        await own_run.check_batch(services.database, batch, run)
    return await services.reception.take(batch, run)


@call("POST", "/intake/offers", scope=Scope.EMIT, run_key=RunKey.FREE, body=Emitters)
async def compare_offers(request: ApiRequest) -> Offers:
    """Say what the log has of the emitters whose journals someone holds."""
    told = await request.told(Emitters)
    if len(told.emitters) > OFFERED:
        msg = f"{len(told.emitters)} emitters at once; the limit is {OFFERED}. Ask in parts."
        raise TooLargeError(msg, limit=OFFERED)
    committed = await request.services.intake.offers(told.emitters)
    return Offers(
        log_id=request.services.log_id,
        committed={emitter: committed.get(emitter, 0) for emitter in told.emitters},
    )


@call("POST", "/control", scope=Scope.EMIT, run_key=RunKey.CHECKED, body=Poll)
async def poll_control(request: ApiRequest) -> Orders:
    """Wait for commands; the process's lease is renewed."""
    poll = await request.told(Poll)
    if request.caller.run is not None:
        await own_run.check_holder(request.services.database, poll.emitter, request.caller.run)
    # What nobody is there to hear is kept for the next poll.
    orders = await while_there(request, request.services.control.orders(poll, request.caller))
    return orders or Orders(stamp=0)


CALLS = (take_batch, compare_offers, poll_control)
