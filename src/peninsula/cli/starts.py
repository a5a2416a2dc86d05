"""Start flow runs again, and be the process that a worker starts for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from peninsula.cli import find, output, runs
from peninsula.cli.connect import ask
from peninsula.cli.options import Json
from peninsula.cli.run_options import RunArgument
from peninsula.core.runs import Run

if TYPE_CHECKING:
    from peninsula.client.api import Api

__all__ = ["execute", "retry"]


def execute() -> None:
    """Be the process of a flow run: workers start this.

    Which one it is stands in PENINSULA_FLOW_RUN_ID and PENINSULA_FLOW_RUN_START. The exit code is 0
    if it Completed, or is not to be run here any more, else 1.
    """
    from peninsula.sdk.executing.execution import execute as run_it  # noqa: PLC0415  the engine

    raise typer.Exit(run_it())


def retry(run: RunArgument, *, as_json: Json = False) -> None:
    """Have a worker start a run again that did not complete.

    It has the same parameters. Tasks that completed and kept their results are not run again; its
    log says which.
    """
    again = ask(lambda api: _retry(api, run))
    if as_json:
        output.show_json(again)
        return
    output.show(runs.state_text(again.state) + f"  {again.flow} / {again.name}")
    output.note(f"See it happen: peninsula flow-run watch {again.id}")


async def _retry(api: Api, said: str) -> Run:
    run = await find.find_flow_run(api, said)
    return await api.retry_flow_run(run.id)
