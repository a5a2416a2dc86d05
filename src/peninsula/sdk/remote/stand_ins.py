"""Stand for the runs around a task run whose flow is in another process."""

from __future__ import annotations

from typing import Any

from peninsula.core.runs import RunKind
from peninsula.sdk.definitions import Definition
from peninsula.sdk.options import Options
from peninsula.sdk.remote.parcels import Around
from peninsula.sdk.runs import FlowRun, Run, TaskRun
from peninsula.sdk.telling.traces import Trace

__all__ = ["stand_in"]


def stand_in(around: Around, parent: Run | None) -> Run:
    """Return a run as far as the code inside of it may ask; it is not driven here."""
    is_flow = around.kind is RunKind.FLOW_RUN
    definition = (_StandInFlow if is_flow else _StandInTask)(around)
    run = (FlowRun if is_flow else TaskRun)(definition, around.id, parent, around.tags)
    run.name, run.parameters = around.name, around.parameters
    run.start_time, run.run_count = around.start_time, around.run_count
    run.log_prints, run.persists = around.log_prints, around.persists
    run.told = True
    if isinstance(run, FlowRun):
        run.deployed = around.deployed
    run.trace = None if around.trace is None else Trace(carried=around.trace)
    return run


class _StandIn(Definition):
    """A flow or task whose function is elsewhere."""

    task_runner: Any = None
    """What is submitted here runs on threads."""

    def __init__(self, around: Around) -> None:
        options: Options = {
            "name": around.definition,
            "version": around.version,
            "result_storage": around.result_storage,
            "result_serializer": around.result_serializer,
        }
        super().__init__(_stayed, options, None)


class _StandInFlow(_StandIn):
    kind = "flow"


class _StandInTask(_StandIn):
    kind = "task"


def _stayed() -> None:
    """Stand for the function."""
