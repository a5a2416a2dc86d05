"""Hold flow runs, start them again, and be the process that a worker starts for one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from peninsula.cli import find, output, parameter_options, runs
from peninsula.cli.connect import ask
from peninsula.cli.options import Json
from peninsula.cli.run_options import RunArgument
from peninsula.core.runs import Run
from peninsula.core.states import StateType

if TYPE_CHECKING:
    from peninsula.client.api import Api

__all__ = ["execute", "pause", "resume", "retry", "suspend"]


def execute() -> None:
    """Be the process of a flow run: workers start this.

    Which one it is stands in PENINSULA_FLOW_RUN_ID and PENINSULA_FLOW_RUN_START. The exit code is 0
    if it Completed, was cancelled or suspended, or is not to be run here any more, 75 if no server
    could be reached and so it was not begun, else 1.
    """
    from peninsula.sdk.executing.execution import execute as run_it  # noqa: PLC0415  the engine

    raise typer.Exit(run_it())


def retry(run: RunArgument, *, as_json: Json = False) -> None:
    """Start a run again that did not complete.

    It has the same parameters. Tasks that completed and kept their results are not run again; its
    log says which.
    """
    again = ask(lambda api: _retry(api, run))
    if as_json:
        output.show_json(again)
        return
    output.show(runs.state_text(again.state) + f"  {again.flow} / {again.name}")
    output.note(f"See it happen: peninsula flow-run watch {again.id}")


def pause(run: RunArgument, *, as_json: Json = False) -> None:
    """Have a run begin no other task run until it is resumed.

    Task runs that are under way go on, and the process of the run waits.
    """
    _held(ask(lambda api: _one(api, run, api.pause_flow_run)), as_json=as_json)


def suspend(run: RunArgument, *, as_json: Json = False) -> None:
    """End the process of a run at its next task run, until resumed.

    Task runs that are under way are finished first. A worker starts the run anew when it is
    resumed; tasks that completed and kept their results are not run again.
    """
    _held(ask(lambda api: _one(api, run, api.suspend_flow_run)), as_json=as_json)


def _held(run: Run, *, as_json: bool) -> None:
    if as_json:
        output.show_json(run)
        return
    output.show(runs.state_text(run.state) + f"  {run.flow} / {run.name}")
    if run.state.type is not StateType.PAUSED:
        output.note("Its process is told, and begins no other task run as soon as it has heard.")
    output.note(f"Let it go on: peninsula flow-run resume {run.id}")


Input = Annotated[
    list[str] | None,
    typer.Option(
        "--input",
        "-i",
        metavar="KEY=VALUE",
        help="What it asks for; the value is JSON, else text. May be repeated.",
    ),
]


def resume(run: RunArgument, *, given: Input = None, as_json: Json = False) -> None:
    """Let a paused or suspended run go on.

    What it asks for: peninsula flow-run inspect.
    """
    values = dict(parameter_options.named_value(each, "input") for each in given or ())
    resumed = ask(lambda api: _one(api, run, partial(api.resume_flow_run, given=values)))
    if as_json:
        output.show_json(resumed)
        return
    output.show(runs.state_text(resumed.state) + f"  {resumed.flow} / {resumed.name}")
    output.note(f"See it happen: peninsula flow-run watch {resumed.id}")


async def _one(api: Api, said: str, call: Callable[[UUID], Awaitable[Run]]) -> Run:
    run = await find.find_flow_run(api, said)
    return await call(run.id)


async def _retry(api: Api, said: str) -> Run:
    run = await find.find_flow_run(api, said)
    return await api.retry_flow_run(run.id)
