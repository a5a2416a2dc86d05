"""Begin runs of flows and tasks: here, or submitted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from msgspec import structs

from peninsula.core.errors import InvalidError
from peninsula.core.runs import StateChange, Upstream
from peninsula.core.states import StateType
from peninsula.sdk.definitions import Definition
from peninsula.sdk.interrupting.interrupts import Shielded, gate_here
from peninsula.sdk.run_keys import RunKeys
from peninsula.sdk.running import engine, inputs, sync_driver
from peninsula.sdk.running.futures import Future
from peninsula.sdk.running.invocation import Invocation, new_run, take_options
from peninsula.sdk.running.iterators import aiterate, iterate
from peninsula.sdk.running.submission import submit
from peninsula.sdk.runs import FlowRun, Run, TaskRun, current_run
from peninsula.sdk.telling import reports

if TYPE_CHECKING:
    from types import CoroutineType


__all__ = ["flow_run_around", "run_now", "submit_one", "submit_task"]

_PENDING: Final = StateChange(type=StateType.PENDING, name="Pending")


def run_now(definition: Definition, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Run a flow or task in this thread; what is to be awaited or iterated over runs then."""
    return_state, wait_for = take_options(kwargs)
    invocation = Invocation.of(definition, args, kwargs, wait_for)
    if definition.isgenerator:
        return _iterate(invocation, return_state)
    if definition.isasync:
        coroutine = _run_awaited(invocation, return_state)
        # Python warns by this name if nobody awaits it.
        cast("CoroutineType[Any, Any, Any]", coroutine).__qualname__ = definition.name
        return coroutine
    gate = gate_here()
    was = gate.shut()
    try:
        run = _told_if_waiting(new_run(invocation))
        sync_driver.drive(run)
        return engine.result_of(run, return_state=return_state)
    finally:
        gate.restore(was)


async def _run_awaited(invocation: Invocation, return_state: bool) -> Any:  # noqa: FBT001  handed on
    from peninsula.sdk.running import async_driver  # noqa: PLC0415  weight: asyncio

    # The run around it is the one that awaits it, so nothing is made before.
    with Shielded():
        run = _told_if_waiting(new_run(invocation))
    await async_driver.drive(run)
    return engine.result_of(run, return_state=return_state)


def _iterate(invocation: Invocation, return_state: bool) -> Any:  # noqa: FBT001  handed on
    definition = invocation.definition
    if return_state:
        msg = (
            f"The {definition.titled} is a generator and got return_state=True, but it has no "
            "final state before its values are consumed. Iterate over the call."
        )
        raise InvalidError(msg)

    def begin() -> Run:
        # The run around it is the one that takes its first value, so nothing is made before.
        return _told_if_waiting(new_run(invocation))

    return aiterate(begin) if definition.isasync else iterate(begin)


def _told_if_waiting(run: Run) -> Run:
    if run.inputs.futures and not all(future.done() for future in run.inputs.futures):
        # Parameters are told once: with their values, not as futures.
        told = run.definition.run_name is None and not inputs.futures_in(run.parameters)
        reports.report(run, _PENDING, told=told)
    return run


# --- submit ---------------------------------------------------------------------------------------


def submit_task(task: Definition, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Hand a task run to the flow's task runner; return its future, or its final state."""
    return_state, wait_for = take_options(kwargs)
    flow_run = flow_run_around(task, "submit")
    future = submit_one(Invocation.of(task, args, kwargs, wait_for), flow_run)
    if not return_state:
        return future
    future.wait()
    return future.state


def flow_run_around(task: Definition, method: str) -> FlowRun:
    """Return the flow run that takes what is submitted. Raises InvalidError if there is none."""
    run = current_run()
    flow_run = None if run is None else run.flow_run
    if flow_run is None:
        msg = (
            f"The {task.titled} got .{method}() outside of a flow run, so no task runner is there "
            f"to run it. Call .{method}() in a flow, or call the task itself; .delay() hands it to"
            " a task worker."
        )
        raise InvalidError(msg)
    if flow_run.over:
        msg = f'The flow run "{flow_run.name}" is over, so the {task.titled} cannot join it.'
        raise InvalidError(msg)
    return flow_run


def submit_one(
    invocation: Invocation, flow_run: FlowRun, sources: Sequence[Upstream] = ()
) -> Future[Any]:
    """Submit one task run; `sources` are edges that its arguments do not show."""
    with Shielded():
        run = cast("TaskRun", new_run(invocation))
        run.keys = RunKeys.below(run.key, run.id)
        if sources:
            found = {(edge.run, edge.parameter): edge for edge in (*sources, *run.inputs.upstream)}
            run.inputs = structs.replace(run.inputs, upstream=tuple(found.values()))
        named = run.definition.run_name is None or not run.inputs.wrapped
        if named:
            engine.name(run)
        return submit(run, flow_run, named=named)
