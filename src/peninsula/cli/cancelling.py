"""Cancel a run, and say what becomes of it."""

from __future__ import annotations

from typing import Annotated

import typer

from peninsula.cli import output, runs
from peninsula.core.runs import Run, RunKind
from peninsula.core.states import StateType

__all__ = ["Message", "show"]

Message = Annotated[
    str | None,
    typer.Option("--message", "-m", metavar="TEXT", help="Why; it is kept with the state."),
]


def show(cancelled: Run, *, as_json: bool) -> None:
    """Show the state that a run is in after it was cancelled."""
    if as_json:
        output.show_json(cancelled)
        return
    of = cancelled.flow or cancelled.task
    output.show(runs.state_text(cancelled.state) + f"  {of} / {cancelled.name}")
    if cancelled.state.type is StateType.CANCELLING:
        output.note(_NOTES[cancelled.kind].format(id=cancelled.id))


_NOTES = {
    RunKind.FLOW_RUN: (
        "Its process was told, and interrupts it. A worker ends a process that goes on for longer"
        " than its grace, 30 s. See it happen: peninsula flow-run watch {id}"
    ),
    RunKind.TASK_RUN: (
        "Its task worker was told, and interrupts it. "
        "See what came of it: peninsula task-run inspect {id}"
    ),
}
