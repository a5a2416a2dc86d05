"""Start the server, ask how it is, and look after its database."""

from __future__ import annotations

import os
import signal
import time
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID

import msgspec
import typer
from msgspec import Struct, structs

from peninsula.cli import output
from peninsula.cli.connect import adoption, ask
from peninsula.cli.moments import clock
from peninsula.cli.opening import write_way_in
from peninsula.cli.options import Json, examples
from peninsula.client.configuration import home_of, read_settings
from peninsula.client.destination import destination, held, is_loopback
from peninsula.core.answers import Meta
from peninsula.core.errors import ConflictError, InvalidError, PeninsulaError, UnavailableError
from peninsula.core.home import Home, ServerNote

if TYPE_CHECKING:
    from peninsula.client.api import Api
    from peninsula.core.settings import Settings

app = typer.Typer(
    help="Start the server, ask how it is, and look after its database.",
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
)

PATIENCE: Final = 30.0
"""Seconds that a server gets to stop."""

LOOK: Final = 0.05


# --- start, stop ---------------------------------------------------------------------------------


@app.command(
    epilog=examples(
        "peninsula server start",
        "peninsula server start --port 8080",
        "peninsula server start --host 0.0.0.0 --database postgresql://etl@db/peninsula",
    )
)
def start(
    *,
    host: Annotated[
        str | None,
        typer.Option("--host", metavar="ADDRESS", help="Listen there; setting server_host."),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            min=0,
            max=65535,
            metavar="PORT",
            help="Listen there and nowhere else, 0 for any port; without it on the port of setting "
            "server_port, or the next that is free.",
        ),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option("--database", metavar="URL", help="Keep the log there; setting database_url."),
    ] = None,
) -> None:
    """Serve API and pages until Ctrl-C. It takes in what flows left in this home."""
    given = {"server_host": host, "server_port": port, "database_url": database}
    chosen = {name: value for name, value in given.items() if value is not None}
    settings = structs.replace(read_settings(), **chosen)
    from peninsula.server.serve import serve  # noqa: PLC0415  weight: the whole server

    # Flushed: whoever starts it without a terminal waits for these lines as well.
    say = partial(print, flush=True)
    with _pulse(home_of(settings)):
        serve(settings, adopt=adoption(settings), exact_port=port is not None, say=say)


def _pulse(home: Home) -> AbstractContextManager[None]:
    """Return what keeps a run running whose process is part of a demo, if the home is one."""
    if not home.demo_note.exists():
        return nullcontext()
    from peninsula.demo.home import read_note  # noqa: PLC0415  weight: few homes are demos
    from peninsula.demo.pulse import beating  # noqa: PLC0415  as above

    note = read_note(home.path)
    return nullcontext() if note is None else beating(note, home)


@app.command(
    "open",
    epilog=examples(
        "peninsula server open",
        "xdg-open $(peninsula server open --no-browser)",
        "peninsula server open --json | jq -r .url",
    ),
)
def open_pages(
    *,
    browser: Annotated[
        bool, typer.Option(" /--no-browser", help="Only print the file that leads there.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Open the pages in a browser, logged in.

    The file that leads there holds the key, and only you can read it.
    """
    settings = read_settings()
    home = home_of(settings)
    found = destination(settings, home)
    if found is None:
        msg = f"No server serves {home.path}. Start one with: peninsula server start"
        raise UnavailableError(msg)
    way_in = write_way_in(found, home)
    import webbrowser  # noqa: PLC0415  weight: no other command needs it

    opened = browser and webbrowser.open(way_in.as_uri())
    if as_json:
        output.show_json({"url": found.url, "file": str(way_in), "opened": opened})
    elif opened:
        output.note(f"Opened {found.url}")
    else:
        output.show(output.text(str(way_in)))


@app.command(epilog=examples("peninsula server stop", "peninsula server stop --json"))
def stop(*, as_json: Json = False) -> None:
    """Ask the server of this home to end, and wait until it has."""
    settings = structs.replace(read_settings(), api_url=None)  # never one that is elsewhere
    home = home_of(settings)
    note = _note(home)
    if destination(settings, home) is None or note is None or note.pid is None:
        msg = f'No server serves {home.path}. "peninsula server status" shows what there is.'
        raise UnavailableError(msg)
    meta = ask(lambda api: api.meta(), settings)
    if meta.log_id != note.log_id:
        # A process id that is not that of a living server could be anybody's.
        msg = f"{home.server_note} is out of date. End the server where you started it."
        raise ConflictError(msg)
    os.kill(note.pid, signal.SIGTERM)
    _await_end(home, note)
    if as_json:
        output.show_json({"stopped": note.pid, "url": note.url})
    else:
        output.show(output.text(f"Stopped the server at {note.url} (process {note.pid})"))


def _note(home: Home) -> ServerNote | None:
    try:
        return msgspec.json.decode(home.server_note.read_bytes(), type=ServerNote)
    except (OSError, msgspec.MsgspecError):
        return None


def _await_end(home: Home, note: ServerNote) -> None:
    deadline = time.monotonic() + PATIENCE
    while held(home.server_lock) and _note(home) in {note, None}:
        if time.monotonic() > deadline:
            msg = (
                f"The server (process {note.pid}) was asked to end and has not within "
                f"{PATIENCE:.0f} s. Its log says why; to end it all the same: kill -9 {note.pid}"
            )
            raise UnavailableError(msg)
        time.sleep(LOOK)


# --- status --------------------------------------------------------------------------------------


class Status(Struct, frozen=True):
    """How the server is that commands here ask."""

    serving: bool
    url: str | None
    """None: there is none, and commands open the local database."""
    home: str
    problem: str | None = None
    version: str | None = None
    log_id: UUID | None = None
    pid: int | None = None
    """Of a server of this home."""
    rebuilding_since: datetime | None = None


@app.command(
    epilog=examples(
        "peninsula server status",
        "peninsula server status --json | jq -r .url",
        "peninsula server status || peninsula server start",
    )
)
def status(*, as_json: Json = False) -> None:
    """Say which server is asked from here, and how it is.

    The exit code is 0 if it serves, else 1.
    """
    now = _status(read_settings())
    if as_json:
        output.show_json(now)
    else:
        _show_status(now)
    raise typer.Exit(0 if now.serving else 1)


def _status(settings: Settings) -> Status:
    home = home_of(settings)
    found = destination(settings, home)
    if found is None:
        return Status(serving=False, url=None, home=str(home.path))
    try:
        meta = ask(_health, settings)
    except PeninsulaError as problem:
        return Status(serving=False, url=found.url, home=str(home.path), problem=problem.message)
    note = _note(home) if found.local else None
    return Status(
        serving=True,
        url=found.url,
        home=str(home.path),
        version=meta.version,
        log_id=meta.log_id,
        pid=note.pid if note else None,
        rebuilding_since=meta.rebuilding_since,
    )


async def _health(api: Api) -> Meta:
    await api.ready()
    return await api.meta()


def _show_status(now: Status) -> None:
    if now.url is None:
        output.show(output.text("○ No server runs here", "yellow"))
        output.note(
            "Commands open the local database by themselves. To serve: peninsula server start"
        )
    elif now.serving:
        output.show(output.text(f"● Serving at {now.url}", "green"))
    else:
        output.show(output.text(f"✕ Not serving at {now.url}", "red"))
        output.fail(now.problem or "It does not answer.")
    output.show_fields(
        [
            ("version", now.version),
            ("log", str(now.log_id) if now.log_id else None),
            ("process", str(now.pid) if now.pid else None),
            ("home", now.home),
        ]
    )
    if now.rebuilding_since is not None:
        output.note(
            f"A rebuild is under way since {clock(now.rebuilding_since)}: nothing is pruned or"
            " deleted until it is done."
        )
    if now.version not in {None, version("peninsula")}:
        output.warn(f"This is version {version('peninsula')}: some commands may not fit.")


# --- upkeep --------------------------------------------------------------------------------------


@app.command(epilog=examples("peninsula server rebuild"))
def rebuild(*, as_json: Json = False) -> None:
    """Make anew what is derived from the log, while it serves.

    That is runs, edges, links, resources and counts.
    """
    done = ask(lambda api: api.rebuild())
    if as_json:
        output.show_json(done)
    else:
        output.show(output.text(f"✓ Made anew from {done['events']:,} events", "green"))


@app.command(
    epilog=examples(
        "peninsula server backup /backup/peninsula.db",
        "peninsula server backup peninsula-$(date +%F).db --json",
    )
)
def backup(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A new file.", show_default=False)],
    *,
    as_json: Json = False,
) -> None:
    """Copy the database to a new file, while it serves.

    The file is on the server's machine; of PostgreSQL it is an archive for pg_restore. Keys that
    encrypt secrets are not in it.
    """
    target = _target(path)
    size = ask(lambda api: api.backup(str(target)))
    if as_json:
        output.show_json({"path": str(target), "bytes": size})
    else:
        output.show(output.text(f"✓ Copied to {target} ({size:,} bytes)", "green"))
        output.note("Keys that encrypt secrets of blocks are not in it: keep a copy of them apart.")


def _target(path: Path) -> Path:
    settings = read_settings()
    found = destination(settings, home_of(settings))
    if path.is_absolute() or found is None or is_loopback(found.url):
        return path.absolute()
    msg = f"{path} is relative, and the server {found.url} is elsewhere. Give the path from / on."
    raise InvalidError(msg)


@app.command(epilog=examples("peninsula config set retain_days 30", "peninsula server prune"))
def prune(*, as_json: Json = False) -> None:
    """Let go now what the retention settings allow.

    A server does so by itself each hour, too. `retain_days`, `retain_logs_days`, `retain_kinds`
    and `pin_failed` say what is kept.
    """
    done = ask(lambda api: api.prune())
    if as_json:
        output.show_json(done)
    else:
        said = ", ".join(f"{count:,} {what}" for what, count in done.items())
        output.show(output.text(f"✓ {said}", "green"))
