"""Have a deployment run, from a program or from inside of another run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from msgspec import Struct

from peninsula.core.deployments import Deployment, WantedRun
from peninsula.core.runs import Run
from peninsula.core.states import StateType
from peninsula.journal import emitter
from peninsula.sdk.arguments.edges import Results
from peninsula.sdk.asking import ask
from peninsula.sdk.deployments.results import ResultElsewhere
from peninsula.sdk.deployments.values import jsonable
from peninsula.sdk.deployments.waiting import end_of
from peninsula.sdk.loops import in_loop, run_here
from peninsula.sdk.running import inputs, resolution
from peninsula.sdk.running.futures import wait_all
from peninsula.sdk.runs import current_run
from peninsula.sdk.states import State
from peninsula.sdk.telling.logs import RunLogger
from peninsula.sdk.told_states import state_of

if TYPE_CHECKING:
    from peninsula.client.api import Api

__all__ = ["DeployedRun", "arun_deployment", "run_deployment"]


class DeployedRun(Struct, frozen=True, kw_only=True, eq=False, weakref=True):
    """A run of a deployment, as it was when it was last looked at.

    Given to a task, it makes an edge from this run to that of the task.
    """

    id: UUID
    name: str
    deployment_id: UUID | None
    flow: str | None
    parameters: dict[str, Any]
    """As they were given."""
    state: State
    tags: tuple[str, ...]
    expected_start_time: datetime
    start_time: datetime | None
    end_time: datetime | None


def run_deployment(
    name: str | UUID,
    client: None = None,
    parameters: Mapping[str, Any] | None = None,
    scheduled_time: datetime | None = None,
    flow_run_name: str | None = None,
    timeout: float | None = None,
    poll_interval: float = 5.0,
    tags: Iterable[str] | None = None,
    idempotency_key: str | None = None,
    work_queue_name: str | None = None,
    *,
    as_subflow: bool = True,
    job_variables: Mapping[str, Any] | None = None,
) -> Any:
    """Have a deployment run, and wait for the end of the run.

    Called where an event loop runs it returns a coroutine, as `arun_deployment` does.

    Args:
        name: Flow and deployment, `etl/nightly`, or the id of the deployment.
        client: Left out: the server that is set is asked.
        parameters: They go before those of the deployment. Futures are waited for.
        scheduled_time: When it is to start; now by default.
        flow_run_name: What the run is called.
        timeout: Seconds to wait for its end; 0 does not wait, None waits for as long as it takes.
        poll_interval: Longest time between two looks at the run, in seconds, while the server's
            stream, which tells of its end at once, cannot be followed.
        tags: Besides those of the deployment.
        idempotency_key: Asked with it again, it is the same run.
        work_queue_name: Another queue of the deployment's work pool.
        as_subflow: Whether the run belongs to the one that calls this, with edges from what its
            parameters come from.
        job_variables: They go before those of the deployment.

    Raises:
        NotFoundError: There is no such deployment.
        InvalidError: The parameters do not fit.
    """
    waiting = arun_deployment(
        name,
        client,
        parameters,
        scheduled_time,
        flow_run_name,
        timeout,
        poll_interval,
        tags,
        idempotency_key,
        work_queue_name,
        as_subflow=as_subflow,
        job_variables=job_variables,
    )
    return waiting if in_loop() else run_here(waiting)


async def arun_deployment(
    name: str | UUID,
    client: None = None,  # noqa: ARG001  Prefect's place for it
    parameters: Mapping[str, Any] | None = None,
    scheduled_time: datetime | None = None,
    flow_run_name: str | None = None,
    timeout: float | None = None,  # noqa: ASYNC109  Prefect's name
    poll_interval: float = 5.0,
    tags: Iterable[str] | None = None,
    idempotency_key: str | None = None,
    work_queue_name: str | None = None,
    *,
    as_subflow: bool = True,
    job_variables: Mapping[str, Any] | None = None,
) -> DeployedRun:
    """Have a deployment run, and wait for the end of the run, as `run_deployment` does."""
    parent = current_run() if as_subflow else None
    given = dict(parameters or {})
    known = parent.root.results if parent is not None else Results()
    found = inputs.find_inputs(given, None, known)
    if found.futures:
        await asyncio.to_thread(wait_all, found.futures)
    resolved = resolution.resolve(given) if found.wrapped else given
    wanted = WantedRun(
        parameters=jsonable(resolved),
        due=_aware(scheduled_time),
        name=flow_run_name,
        tags=tuple(tags or ()),
        work_queue=work_queue_name,
        job_variables=dict(job_variables or {}),
        key=idempotency_key,
        parent=parent.id if parent is not None else None,
        upstream=found.upstream if parent is not None else (),
    )
    if parent is not None:
        emitter.current().flush()  # the run that asks is to be known first
    made = await ask(lambda api: _make(api, name, wanted))
    if parent is not None:
        RunLogger(parent).info("Asked for run %r of deployment %s.", made.name, name)
    run, event = await end_of(made, timeout, poll_interval)
    seen = _seen(run, resolved, event)
    if parent is not None:
        parent.root.results.remember(seen, seen.id)
    return seen


def _aware(moment: datetime | None) -> datetime | None:
    return moment.astimezone() if moment is not None and moment.tzinfo is None else moment


async def _make(api: Api, name: str | UUID, wanted: WantedRun) -> Run:
    return await api.run_deployment((await _deployment(api, name)).id, wanted)


async def _deployment(api: Api, name: str | UUID) -> Deployment:
    if isinstance(name, UUID):
        return await api.deployment(name)
    return await api.deployment_by_name(name)


def _seen(run: Run, parameters: Mapping[str, Any], event: UUID | None) -> DeployedRun:
    data = ResultElsewhere(run) if run.state.type is StateType.COMPLETED else None
    return DeployedRun(
        id=run.id,
        name=run.name,
        deployment_id=run.deployment,
        flow=run.flow,
        parameters=dict(parameters),
        state=state_of(run, data, event),
        tags=run.tags,
        expected_start_time=run.expected,
        start_time=run.started,
        end_time=run.ended,
    )
