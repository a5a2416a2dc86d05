"""Run a flow from a file or a module."""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Iterator
from contextlib import (
    AbstractContextManager,
    ExitStack,
    contextmanager,
    nullcontext,
    redirect_stdout,
    suppress,
)
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from peninsula.cli import output, streams, user_code, views
from peninsula.cli.options import examples
from peninsula.cli.parameter_options import named_value
from peninsula.cli.tree import Forest
from peninsula.cli.views import View
from peninsula.core.states import StateType
from peninsula.sdk import loading

if TYPE_CHECKING:
    from peninsula.cli.own_runs import OwnRuns
    from peninsula.sdk.flows import Flow

__all__ = ["app", "named_value"]

app = typer.Typer(rich_markup_mode=None, add_completion=False)

LOOK: Final = 0.25
"""Seconds between two looks at what the run has told."""


@app.command(
    epilog=examples(
        "peninsula run flow.py",
        "peninsula run flow.py:nightly -p day=2026-01-31 -p limit=100",
        'peninsula run pipelines.nightly:nightly -p \'tables=["orders", "items"]\'',
        "peninsula run flow.py --json | jq -r .state.name",
    )
)
def run(
    flow: Annotated[
        str,
        typer.Argument(
            metavar="FILE:FLOW",
            help="A file or a module, and a flow of it; without the flow, the only one there is.",
            show_default=False,
        ),
    ],
    *,
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "--parameter",
            "-p",
            metavar="KEY=VALUE",
            help="A parameter of the flow; the value is JSON, else text. May be repeated.",
        ),
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", help="Print the run as JSON in the end; what the flow prints goes to stderr."
        ),
    ] = False,
) -> None:
    """Run a flow here, and show its tasks as they run. The exit code is 0 if it Completed, else 1.

    The folder of the file is where its imports are looked for, as with `python flow.py`. No server
    is needed: if there is none, the run is there when one starts.
    """
    parameters = dict(named_value(each) for each in parameter or ())
    forest = Forest()
    with redirect_stdout(sys.stderr if as_json else sys.stdout):
        found = user_code.loaded(loading.load_flow, flow)
        with _shown(forest, quiet=as_json):
            state = _call(found, parameters)
    if as_json:
        output.show_json(forest.top or _untold(found, state))
    else:
        # What can be shown of it is not its outcome.
        with suppress(OSError):
            if forest.root is not None:
                output.note(f"All of it: peninsula flow-run inspect {forest.root}")
        streams.broken()
    raise typer.Exit(0 if state.type is StateType.COMPLETED else 1)


def _call(flow: Flow[..., Any], parameters: dict[str, Any]) -> Any:
    called = flow(**parameters, return_state=True)
    if not inspect.iscoroutine(called):
        return called
    import asyncio  # noqa: PLC0415  weight: 30 ms, and most flows are functions

    return asyncio.run(called)


def _untold(flow: Flow[..., Any], state: Any) -> dict[str, Any]:
    """Return what is known of a run whose journal could not be written."""
    told = {"type": state.type, "name": state.name, "message": state.message}
    return {"id": state.run, "flow": flow.name, "state": told}


# --- show it -------------------------------------------------------------------------------------


@contextmanager
def _shown(forest: Forest, *, quiet: bool) -> Iterator[None]:
    """Show the runs of this process while the flow runs in this thread, where signals come to."""
    from peninsula.cli.own_runs import OwnRuns  # noqa: PLC0415  weight: not for --help
    from peninsula.client.configuration import home_of, read_settings  # noqa: PLC0415  weight
    from peninsula.journal import emitter  # noqa: PLC0415  weight
    from peninsula.sdk.interrupting import signals  # noqa: PLC0415  weight

    mine = emitter.current().id
    own = OwnRuns(home_of(read_settings()).journals / str(mine), mine)
    over = threading.Event()
    with ExitStack() as shown:
        view = shown.enter_context(_view(forest, quiet=quiet))
        thread = threading.Thread(
            target=_look, args=(own, forest, view, over), name="peninsula-view", daemon=True
        )
        thread.start()
        shown.callback(thread.join)
        shown.callback(over.set)
        # SIGTERM ends the process where the last run does.
        signals.farewells.append(shown.close)
        yield


def _view(forest: Forest, *, quiet: bool) -> AbstractContextManager[View]:
    if quiet:
        return nullcontext(View())
    if not sys.stdout.isatty():
        return nullcontext(views.Outcome(forest))
    from peninsula.sdk.telling import progress  # noqa: PLC0415  weight: not for --help

    progress.give_way()  # the tree says as much
    return views.LiveTree(forest)


def _look(own: OwnRuns, forest: Forest, view: View, over: threading.Event) -> None:
    while True:
        last = over.is_set()
        changed = own.read_on()
        for run in changed:
            forest.put(run)
        try:
            if changed:
                view.changed(changed)
            else:
                view.tick(datetime.now(UTC))
        except OSError:
            # Whoever read it has gone, or the disk is full. The run goes on; it is its answer.
            view = View()
        if last:
            return
        over.wait(LOOK)
