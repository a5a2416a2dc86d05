"""Work pools, their queues and their workers: find, make, change and delete them."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType, structs

from peninsula.core import codec, job_templates, limits
from peninsula.core.answers import Scope
from peninsula.core.base_templates import BASE_TEMPLATES
from peninsula.core.events import check_text
from peninsula.core.work import (
    Heartbeat,
    Limit,
    PoolType,
    Priority,
    Worker,
    WorkPool,
    WorkQueue,
    check_name,
)
from peninsula.server.api.calls import call
from peninsula.server.api.queries import NoQuery
from peninsula.server.api.request import ApiRequest
from peninsula.server.services import misfits
from peninsula.server.services.control import actor_of
from peninsula.server.storage.referee import pools, queues, workers

__all__ = ["CALLS"]

Description = Annotated[str, Meta(max_length=limits.NAME_CHARS * 4)]

_POOLS = "/work-pools"
_POOL = "/work-pools/{name:str}"
_QUEUE = "/work-pools/{name:str}/queues/{queue:str}"


class WantedPool(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A work pool to be made."""

    name: str
    type: PoolType
    description: Description | None = None
    base_job_template: dict[str, Any] | UnsetType = UNSET
    """Without it, the one that pools of the type begin with."""
    paused: bool = False
    concurrency_limit: Limit | None = None


class ChangedPool(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of a work pool is to change; what is not given stays."""

    description: Description | UnsetType | None = UNSET
    base_job_template: dict[str, Any] | UnsetType = UNSET
    paused: bool | UnsetType = UNSET
    concurrency_limit: Limit | UnsetType | None = UNSET


class WantedQueue(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A queue to be made."""

    name: str
    priority: Priority = 1
    concurrency_limit: Limit | None = None
    paused: bool = False


class ChangedQueue(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of a queue is to change; what is not given stays."""

    priority: Priority | UnsetType = UNSET
    concurrency_limit: Limit | UnsetType | None = UNSET
    paused: bool | UnsetType = UNSET


def _given(told: Struct) -> dict[str, Any]:
    values = {key: value for key, value in structs.asdict(told).items() if value is not UNSET}
    if "base_job_template" in values:
        values["base_job_template"] = _checked(values["base_job_template"])
    return values


def _checked(template: dict[str, Any]) -> str:
    job_templates.check_template(template)
    variables = template.get("variables", {})
    misfits.check_schema(variables, "the variables of the base job template")
    written = codec.encode(template)
    codec.check_json(written)
    return written.decode()


# --- pools ---------------------------------------------------------------------------------------


@call("GET", _POOLS, scope=Scope.READ, query=NoQuery)
async def list_work_pools(request: ApiRequest) -> list[WorkPool]:
    """Return all work pools, by name."""
    request.asked(NoQuery)
    return await request.services.database.read(pools.find_pools, request.services.stamps.wall())


@call("GET", _POOL, scope=Scope.READ, query=NoQuery, errors=("not-found",))
async def get_work_pool(request: ApiRequest) -> WorkPool:
    """Return one work pool."""
    request.asked(NoQuery)
    return await request.services.database.read(
        pools.pool_by_name, _name(request), request.services.stamps.wall()
    )


def _name(request: ApiRequest) -> str:
    return str(request.path_params["name"])


@call(
    "POST",
    _POOLS,
    scope=Scope.WORK,
    query=NoQuery,
    body=WantedPool,
    status=201,
    errors=("conflict",),
)
async def create_work_pool(request: ApiRequest) -> WorkPool:
    """Make a work pool, with the queue `default`."""
    request.asked(NoQuery)
    wanted = await request.told(WantedPool)
    check_name(wanted.name, "work pool")
    template = BASE_TEMPLATES.get(wanted.type, {})
    values = {"base_job_template": _checked(template)} | _given(wanted)
    return await request.services.work.change(pools.create_pool, values, actor_of(request.caller))


@call("POST", _POOL, scope=Scope.WORK, query=NoQuery, body=ChangedPool, errors=("not-found",))
async def update_work_pool(request: ApiRequest) -> WorkPool:
    """Change a work pool: also pause it, so that nobody takes its runs, or let it go on."""
    request.asked(NoQuery)
    changed = _given(await request.told(ChangedPool))
    return await request.services.work.change(
        pools.update_pool, _name(request), changed, actor_of(request.caller)
    )


@call(
    "DELETE",
    _POOL,
    scope=Scope.WORK,
    query=NoQuery,
    status=204,
    errors=("not-found", "conflict"),
)
async def delete_work_pool(request: ApiRequest) -> None:
    """Delete a work pool that no deployment is in, with its queues."""
    request.asked(NoQuery)
    await request.services.work.change(pools.delete_pool, _name(request), actor_of(request.caller))


# --- queues --------------------------------------------------------------------------------------


@call("GET", f"{_POOL}/queues", scope=Scope.READ, query=NoQuery, errors=("not-found",))
async def list_work_queues(request: ApiRequest) -> list[WorkQueue]:
    """Return the queues of a work pool; what is taken from first stands first."""
    request.asked(NoQuery)
    return await request.services.database.read(
        queues.find_queues, _name(request), request.services.stamps.wall()
    )


@call("GET", _QUEUE, scope=Scope.READ, query=NoQuery, errors=("not-found",))
async def get_work_queue(request: ApiRequest) -> WorkQueue:
    """Return one queue of a work pool."""
    request.asked(NoQuery)
    return await request.services.database.read(
        queues.queue_by_name, _name(request), _queue(request), request.services.stamps.wall()
    )


def _queue(request: ApiRequest) -> str:
    return str(request.path_params["queue"])


@call(
    "POST",
    f"{_POOL}/queues",
    scope=Scope.WORK,
    query=NoQuery,
    body=WantedQueue,
    status=201,
    errors=("not-found", "conflict"),
)
async def create_work_queue(request: ApiRequest) -> WorkQueue:
    """Make a queue of a work pool."""
    request.asked(NoQuery)
    wanted = await request.told(WantedQueue)
    check_name(wanted.name, "work queue")
    return await request.services.work.change(
        queues.create_queue, _name(request), _given(wanted), actor_of(request.caller)
    )


@call("POST", _QUEUE, scope=Scope.WORK, query=NoQuery, body=ChangedQueue, errors=("not-found",))
async def update_work_queue(request: ApiRequest) -> WorkQueue:
    """Change a queue: its priority, its limit, whether it is paused."""
    request.asked(NoQuery)
    changed = _given(await request.told(ChangedQueue))
    return await request.services.work.change(
        queues.update_queue, _name(request), _queue(request), changed, actor_of(request.caller)
    )


@call("DELETE", _QUEUE, scope=Scope.WORK, query=NoQuery, status=204, errors=("not-found",))
async def delete_work_queue(request: ApiRequest) -> None:
    """Delete a queue; runs that wait in it go to the queue `default`."""
    request.asked(NoQuery)
    await request.services.work.change(
        queues.delete_queue, _name(request), _queue(request), actor_of(request.caller)
    )


# --- workers -------------------------------------------------------------------------------------


@call("GET", "/workers", scope=Scope.READ, query=NoQuery)
async def list_workers(request: ApiRequest) -> list[Worker]:
    """Return the workers of all pools, by pool and name."""
    request.asked(NoQuery)
    return await request.services.database.read(
        workers.find_workers, None, request.services.stamps.wall()
    )


@call("GET", f"{_POOL}/workers", scope=Scope.READ, query=NoQuery, errors=("not-found",))
async def list_workers_of_pool(request: ApiRequest) -> list[Worker]:
    """Return the workers of one work pool, by name."""
    request.asked(NoQuery)
    row = await request.services.database.read(pools.row_of, _name(request))
    return await request.services.database.read(
        workers.find_workers, row, request.services.stamps.wall()
    )


@call(
    "POST",
    f"{_POOL}/workers",
    scope=Scope.WORK,
    query=NoQuery,
    body=Heartbeat,
    errors=("not-found", "conflict"),
)
async def heartbeat(request: ApiRequest) -> Worker:
    """Say that a worker is there, and which runs it watches over."""
    request.asked(NoQuery)
    told = await request.told(Heartbeat)
    check_text("worker", told.name)
    return await request.services.work.beat(_name(request), told)


@call(
    "DELETE",
    f"{_POOL}/workers/{{worker:str}}",
    scope=Scope.WORK,
    query=NoQuery,
    status=204,
    errors=("not-found", "conflict"),
)
async def delete_worker(request: ApiRequest) -> None:
    """Forget a worker that is offline."""
    request.asked(NoQuery)
    row = await request.services.database.read(pools.row_of, _name(request))
    await request.services.database.write(
        workers.delete_worker,
        row,
        str(request.path_params["worker"]),
        request.services.stamps.wall(),
    )


CALLS = (
    list_work_pools,
    get_work_pool,
    create_work_pool,
    update_work_pool,
    delete_work_pool,
    list_work_queues,
    get_work_queue,
    create_work_queue,
    update_work_queue,
    delete_work_queue,
    list_workers,
    list_workers_of_pool,
    heartbeat,
    delete_worker,
)
