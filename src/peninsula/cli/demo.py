"""Serve a home of its own with some weeks of history in it, to look at."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from peninsula.cli import output
from peninsula.cli.connect import adoption
from peninsula.cli.options import Json, examples
from peninsula.core.home import Home
from peninsula.core.settings import Settings

if TYPE_CHECKING:
    from peninsula.demo.home import Note

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(
    epilog=examples(
        "peninsula demo",
        "peninsula demo --fresh --seed 7 --port 8080",
        "peninsula demo --home /tmp/demo --no-serve --json",
    )
)
def show(
    *,
    home: Annotated[
        Path | None,
        typer.Option("--home", metavar="DIR", help="Keep it there and not in the user's cache."),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            min=0,
            max=65535,
            metavar="PORT",
            help="Listen there, 0 for any port; without it on 4747, or the next that is free.",
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", help="Of chance in a history that is made.")
    ] = 1,
    large: Annotated[
        bool,
        typer.Option("--large", help="Make also flow runs of 10,000 and of 100,000 task runs."),
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Make the history anew if there is one.")
    ] = False,
    serves: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Serve it until Ctrl-C.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Serve a home of its own with some weeks of history in it, to look at.

    It has a dozen flows of a data team, a thousand runs of them, and what made some fail. Your own
    home, database and settings are left alone. What is there is served again the next time. Its
    workers are part of the story: runs that you ask for are shown, and wait.
    """
    from peninsula.demo import home as homes  # noqa: PLC0415  weight: the engine

    place = (homes.default_home() if home is None else home.expanduser()).absolute()
    began = time.monotonic()
    note = None if fresh else homes.find(place)
    made = note is None
    if note is None:
        note = homes.make(place, seed, large=large)
    _tell(place, note, time.monotonic() - began if made else None, as_json=as_json)
    if serves:
        _serve(place, note, port, as_json=as_json)


def _tell(place: Path, note: Note, seconds: float | None, *, as_json: bool) -> None:
    if as_json:
        said: dict[str, Any] = msgspec.to_builtins(note)
        output.show_json({"home": str(place), "made": seconds is not None, **said})
        return
    what = f"{note.flow_runs:,} flow runs, {note.events:,} events"
    if seconds is None:
        output.show(output.text(f"✓ Found {what} until {note.until:%Y-%m-%d %H:%M} UTC", "green"))
        output.note("To make them anew: peninsula demo --fresh")
    else:
        output.show(output.text(f"✓ Made {what} in {seconds:.1f} s", "green"))
    output.note(f"For commands: export PENINSULA_HOME={place}")


def _serve(place: Path, note: Note, port: int | None, *, as_json: bool) -> None:
    from peninsula.demo.home import keep_apart  # noqa: PLC0415  as above
    from peninsula.demo.pulse import beating  # noqa: PLC0415
    from peninsula.server.serve import serve  # noqa: PLC0415  weight: the whole server

    keep_apart(place)
    output.note("Its workers are part of the story: runs that you ask for are shown, and wait.")
    settings = Settings(home=str(place))
    if port is not None:
        settings = Settings(home=str(place), server_port=port)
    say = output.note if as_json else partial(print, flush=True)
    with beating(note, Home(place)):
        serve(settings, adopt=adoption(settings), exact_port=port is not None, say=say)
