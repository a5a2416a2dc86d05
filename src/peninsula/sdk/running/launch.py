"""Begin runs of flows and tasks: here, submitted, or mapped over items."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from msgspec import structs

from peninsula.core.errors import InvalidError, ParameterError
from peninsula.core.runs import StateChange, Upstream
from peninsula.core.states import StateType
from peninsula.core.texts import one_line
from peninsula.sdk.arguments.annotations import Annotation, unmapped
from peninsula.sdk.definitions import Definition
from peninsula.sdk.interrupting.interrupts import Shielded, gate_here
from peninsula.sdk.run_keys import RunKeys
from peninsula.sdk.running import engine, inputs, sync_driver
from peninsula.sdk.running.futures import Future, FutureList
from peninsula.sdk.running.iterators import aiterate, iterate
from peninsula.sdk.running.names import two_words
from peninsula.sdk.running.resolution import resolve_top
from peninsula.sdk.running.submission import submit
from peninsula.sdk.runs import FlowRun, Run, TaskRun, current_run, current_tags
from peninsula.sdk.settings import settings
from peninsula.sdk.telling import reports, tracebacks
from peninsula.sdk.telling.logs import RunLogger

if TYPE_CHECKING:
    from types import CoroutineType


__all__ = ["map_task", "new_run", "run_flow", "run_task", "submit_task"]

_PENDING: Final = StateChange(type=StateType.PENDING, name="Pending")

# This module comes with the first call, which may be the one that cannot be made.
tracebacks.install()


def run_task(task: Definition, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Run a task in this thread, or return the coroutine that runs it."""
    return _call(task, TaskRun, args, kwargs)


def run_flow(flow: Definition, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Run a flow in this thread, or return the coroutine that runs it."""
    return _call(flow, FlowRun, args, kwargs)


def _call(
    definition: Definition, kind: type[Run], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    return_state = bool(kwargs.pop("return_state", False))
    wait_for = kwargs.pop("wait_for", None)
    parameters = definition.signature.bind(args, kwargs)
    if definition.isgenerator:
        return _iterate(definition, kind, (args, kwargs, parameters, wait_for), return_state)
    if definition.isasync:
        call = args, kwargs, parameters, wait_for
        coroutine = _call_async(definition, kind, call, return_state)
        # Python warns by this name if nobody awaits it.
        cast("CoroutineType[Any, Any, Any]", coroutine).__qualname__ = definition.name
        return coroutine
    gate = gate_here()
    was = gate.shut()
    try:
        run = new_run(definition, kind, args, kwargs, parameters, wait_for)
        _tell_if_waiting(run)
        sync_driver.drive(run)
        return engine.result_of(run, return_state=return_state)
    finally:
        gate.restore(was)


def _iterate(
    definition: Definition,
    kind: type[Run],
    call: tuple[tuple[Any, ...], dict[str, Any], dict[str, Any], Any],
    return_state: bool,  # noqa: FBT001  handed on
) -> Any:
    if return_state:
        msg = (
            f"The {definition.titled} is a generator and got return_state=True, but it has no "
            "final state before its values are consumed. Iterate over the call."
        )
        raise InvalidError(msg)

    def begin() -> Run:
        # The run around it is the one that takes its first value, so nothing is made before.
        run = new_run(definition, kind, *call)
        _tell_if_waiting(run)
        return run

    return aiterate(begin) if definition.isasync else iterate(begin)


async def _call_async(
    definition: Definition,
    kind: type[Run],
    call: tuple[tuple[Any, ...], dict[str, Any], dict[str, Any], Any],
    return_state: bool,  # noqa: FBT001  handed on
) -> Any:
    from peninsula.sdk.running import async_driver  # noqa: PLC0415  weight: asyncio

    # The run around it is the one that awaits it, so nothing is made before.
    with Shielded():
        run = new_run(definition, kind, *call)
        _tell_if_waiting(run)
    await async_driver.drive(run)
    return engine.result_of(run, return_state=return_state)


def new_run(
    definition: Definition,
    kind: type[Run],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    parameters: dict[str, Any],
    wait_for: Iterable[Any] | None,
) -> Run:
    """Return a run that is to be driven, with what it depends on."""
    parent = current_run()
    run = kind(definition, reports.new_id(), parent, current_tags() | definition.tags)
    run.persists = _persists(definition, parent)
    run.args, run.kwargs = args, kwargs
    run.parameters, run.wait_for = parameters, wait_for
    run.inputs = inputs.find_inputs(parameters, wait_for, run.root.results)
    if kind is TaskRun:
        run.key = None if parent is None else _key_below(parent, definition)
        run.name = run.key or f"{definition.name}-{run.id.hex[-4:]}"
    else:
        run.name = two_words(run.id)
    return run


def _key_below(parent: Run, task: Definition) -> str | None:
    flow_run = parent.flow_run
    if flow_run is None:
        return None
    if flow_run.shares_name(task):
        RunLogger(flow_run).debug(
            "Two functions run here as %s, so their runs are counted together and look alike. "
            "Give one of them another name.",
            task.titled,
        )
    return parent.keys.next(task.name)


def _persists(definition: Definition, parent: Run | None) -> bool:
    if definition.persist_result is not None:
        return definition.persist_result
    return settings().results_persist_by_default if parent is None else parent.persists


def _tell_if_waiting(run: Run) -> None:
    if run.inputs.futures and not all(future.done() for future in run.inputs.futures):
        # Parameters are told once: with their values, not as futures.
        told = run.definition.run_name is None and not inputs.futures_in(run.parameters)
        reports.report(run, _PENDING, told=told)


def submit_task(task: Definition, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Hand a task run to the flow's task runner; return its future, or its final state."""
    return_state = kwargs.pop("return_state", False)
    wait_for = kwargs.pop("wait_for", None)
    flow_run = _flow_run_around(task, "submit")
    future = _submit(task, flow_run, args, kwargs, wait_for)
    if not return_state:
        return future
    future.wait()
    return future.state


def _flow_run_around(task: Definition, method: str) -> FlowRun:
    run = current_run()
    flow_run = None if run is None else run.flow_run
    if flow_run is None:
        msg = (
            f"The {task.titled} got .{method}() outside of a flow run, so no task runner is there "
            f"to run it. Call .{method}() in a flow, or call the task itself."
        )
        raise InvalidError(msg)
    if flow_run.over:
        msg = f'The flow run "{flow_run.name}" is over, so the {task.titled} cannot join it.'
        raise InvalidError(msg)
    return flow_run


def _submit(
    task: Definition,
    flow_run: FlowRun,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    wait_for: Iterable[Any] | None,
    sources: Sequence[Upstream] = (),
) -> Future[Any]:
    parameters = task.signature.bind(args, kwargs)
    with Shielded():
        run = cast("TaskRun", new_run(task, TaskRun, args, kwargs, parameters, wait_for))
        run.keys = RunKeys.below(run.key, run.id)
        if sources:
            found = {(edge.run, edge.parameter): edge for edge in (*sources, *run.inputs.upstream)}
            run.inputs = structs.replace(run.inputs, upstream=tuple(found.values()))
        named = task.run_name is None or not run.inputs.wrapped
        if named:
            engine.name(run)
        return submit(run, flow_run, named=named)


# --- map ------------------------------------------------------------------------------------------


def map_task(task: Definition, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Submit a task run for each item; return the futures, or the states when all are over."""
    return_state = kwargs.pop("return_state", False)
    wait_for = kwargs.pop("wait_for", None)
    flow_run = _flow_run_around(task, "map")
    signature = task.signature
    given = signature.spread(signature.bind_given(args, kwargs))
    sources = _sources(given, flow_run)
    same, each = _split(task, given)
    futures: FutureList[Any] = FutureList()
    for items in zip(*each.values(), strict=True):
        parameters = signature.gather({**same, **dict(zip(each, items, strict=True))})
        one = signature.arguments(parameters)
        futures.append(_submit(task, flow_run, *one, wait_for, sources))
    if not return_state:
        return futures
    futures.wait()
    return [future.state for future in futures]


def _sources(given: Mapping[str, Any], flow_run: FlowRun) -> list[Upstream]:
    # Each item of a task's result depends on that task.
    found = {
        one_line(name, "…"): inputs.source_of(value, flow_run.root.results)
        for name, value in given.items()
    }
    return [Upstream(run=run, parameter=name) for name, run in found.items() if run is not None]


def _split(
    task: Definition, given: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """Return what all runs get alike, and what each gets one item of."""
    same: dict[str, Any] = {}
    each: dict[str, list[Any]] = {}
    for name, value in given.items():
        items = None if isinstance(value, unmapped) else _items(value)
        if items is None:
            same[name] = value.value if isinstance(value, unmapped) else value
        else:
            each[name] = items
    lengths = {name: len(items) for name, items in each.items()}
    if not lengths:
        msg = (
            f"The {task.titled} got .map() without anything to iterate: a text is one value. "
            "Pass a list, or call it."
        )
        raise ParameterError(msg)
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        msg = (
            f"The {task.titled} got .map() over lengths that differ: {said}. "
            "Wrap what is to go to each run as it is in unmapped()."
        )
        raise ParameterError(msg)
    return same, each


def _items(value: Any) -> list[Any] | None:
    if isinstance(value, Annotation):
        inner = _items(value.value)
        return None if inner is None else [type(value)(item) for item in inner]
    if isinstance(value, Future):
        value.wait()
    value = resolve_top(value)
    if isinstance(value, str | bytes | bytearray | io.IOBase):
        return None
    try:
        return list(value)
    except TypeError:
        return None
