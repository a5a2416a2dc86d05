"""Concurrency limits: make, change and remove them; take their slots and give them back."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from peninsula.core.answers import Scope
from peninsula.core.concurrency import (
    MOST_LIMITS,
    MOST_SLOTS,
    ConcurrencyLimit,
    Decay,
    Slots,
    Taken,
)
from peninsula.core.variables import NAME
from peninsula.server.api.calls import RunKey, call
from peninsula.server.api.queries import NoQuery
from peninsula.server.api.request import ApiRequest
from peninsula.server.services import own_run

__all__ = ["CALLS"]

Name = Annotated[str, Meta(extra_json_schema={"pattern": NAME})]
"""Checked by the service, which says the rule in words."""


class WantedLimit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A limit as it is to be."""

    name: Name
    limit: Slots
    decay: Decay | None = None
    """Slots that become free again each second, of those taken at a rate. Null leaves what it is,
    and is 0 for a new limit."""


class WantedSlots(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Slots of some limits."""

    names: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=MOST_LIMITS)]
    slots: Annotated[int, Meta(ge=1, le=MOST_SLOTS)] = 1
    """Of each."""
    rate: bool = False
    """They are used, not held."""
    strict: bool = False
    """A name that no limit has is an error, and not let through."""
    emitter: UUID | None = None
    run: UUID | None = None
    """The flow run that holds them."""


@call("GET", "/concurrency-limits", scope=Scope.READ, run_key=RunKey.FREE, query=NoQuery)
async def list_concurrency_limits(request: ApiRequest) -> list[ConcurrencyLimit]:
    """List all limits, by name, with the slots that are taken."""
    request.asked(NoQuery)
    return await request.services.slots.list()


@call(
    "GET",
    "/concurrency-limits/{name:str}",
    scope=Scope.READ,
    run_key=RunKey.FREE,
    query=NoQuery,
    errors=("not-found",),
)
async def get_concurrency_limit(request: ApiRequest) -> ConcurrencyLimit:
    """Return one limit."""
    request.asked(NoQuery)
    return await request.services.slots.get(request.path_params["name"])


@call(
    "POST",
    "/concurrency-limits",
    scope=Scope.WORK,
    query=NoQuery,
    body=WantedLimit,
    status=201,
)
async def set_concurrency_limit(request: ApiRequest) -> ConcurrencyLimit:
    """Make a limit, or change the one of that name."""
    request.asked(NoQuery)
    wanted = await request.told(WantedLimit)
    return await request.services.slots.set(wanted.name, wanted.limit, wanted.decay, request.caller)


@call(
    "DELETE",
    "/concurrency-limits/{name:str}",
    scope=Scope.WORK,
    query=NoQuery,
    status=204,
    errors=("not-found",),
)
async def delete_concurrency_limit(request: ApiRequest) -> None:
    """Remove a limit; nobody waits for it any more."""
    request.asked(NoQuery)
    await request.services.slots.delete(request.path_params["name"], request.caller)


@call(
    "POST",
    "/concurrency-slots",
    scope=Scope.EMIT,
    run_key=RunKey.CHECKED,
    query=NoQuery,
    body=WantedSlots,
    errors=("not-found",),
)
async def take_concurrency_slots(request: ApiRequest) -> Taken:
    """Take slots of all the limits named, or of none; the answer says when to ask again."""
    request.asked(NoQuery)
    wanted = await request.told(WantedSlots)
    own = request.caller.run
    if own is not None:
        await own_run.check_holder(request.services.database, wanted.emitter, own, wanted.run)
    return await request.services.slots.take(
        wanted.names,
        wanted.slots,
        wanted.emitter,
        wanted.run,
        rate=wanted.rate,
        strict=wanted.strict,
    )


@call(
    "POST",
    "/concurrency-slots/{id:str}/renew",
    scope=Scope.EMIT,
    run_key=RunKey.FREE,
    query=NoQuery,
    status=204,
    errors=("not-found",),
)
async def renew_concurrency_slots(request: ApiRequest) -> None:
    """Hold slots for longer."""
    request.asked(NoQuery)
    await request.services.slots.renew(request.id("lease"))


@call(
    "DELETE",
    "/concurrency-slots/{id:str}",
    scope=Scope.EMIT,
    run_key=RunKey.FREE,
    query=NoQuery,
    status=204,
    errors=("not-found",),
)
async def give_back_concurrency_slots(request: ApiRequest) -> None:
    """Give slots back."""
    request.asked(NoQuery)
    await request.services.slots.give_back(request.id("lease"))


CALLS = (
    list_concurrency_limits,
    get_concurrency_limit,
    set_concurrency_limit,
    delete_concurrency_limit,
    take_concurrency_slots,
    renew_concurrency_slots,
    give_back_concurrency_slots,
)
