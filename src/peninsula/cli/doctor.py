"""Find out what is wrong with an installation, and say what to do."""

from __future__ import annotations

import os
import platform
import shutil
import stat
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final, Literal
from uuid import uuid4

import msgspec
import typer
from msgspec import Struct

from peninsula.cli import output
from peninsula.cli.moments import clock
from peninsula.cli.options import Json, examples
from peninsula.client.configuration import home_of, read_settings
from peninsula.client.destination import destination, held
from peninsula.core.errors import PeninsulaError
from peninsula.core.home import Home
from peninsula.core.settings import Settings
from peninsula.journal.filesystem import is_shared

app = typer.Typer(rich_markup_mode=None, add_completion=False)

EXTRAS: Final = {"postgres": "psycopg", "dask": "distributed", "ray": "ray"}
"""What each extra brings."""

LEAST_FREE: Final = 1024 * 1024 * 1024
"""Bytes of disk under which journals and database soon have no room."""

MOST_WAITING: Final = 100
"""Journals beyond which nobody seems to ship them."""

DRIFT: Final = 5.0
"""Seconds between two clocks that people would notice."""

PATIENCE: Final = 5.0

Outcome = Literal["ok", "warning", "problem"]


class Finding(Struct, frozen=True, omit_defaults=True):
    """What was looked at, and how it is."""

    what: str
    outcome: Outcome
    said: str
    fix: str | None = None


@app.command(epilog=examples("peninsula doctor", "peninsula doctor --json"))
def examine(*, as_json: Json = False) -> None:
    """Look at the installation, the home, the server, waiting journals, disk and clock.

    The exit code is 1 if something is a problem.
    """
    findings = list(_findings())
    if as_json:
        output.show_json(findings)
    else:
        for finding in findings:
            _show(finding)
    if any(finding.outcome == "problem" for finding in findings):
        raise typer.Exit(1)


_MARKS: Final[dict[str, tuple[str, str]]] = {
    "ok": ("✓", "green"),
    "warning": ("!", "yellow"),
    "problem": ("✕", "red"),
}


def _show(finding: Finding) -> None:
    mark, style = _MARKS[finding.outcome]
    line = output.text(f"  {finding.what:<12}{finding.said}")
    line.plain = f"{mark} {line.plain[2:]}"
    line.stylize(style, 0, 1)
    output.show(line)
    if finding.fix is not None:
        output.show(output.text(f"  {'':<12}{finding.fix}", "dim"))


def _findings() -> Iterator[Finding]:
    yield from _installed()
    try:
        settings = read_settings()
    except PeninsulaError as problem:
        yield Finding("settings", "problem", problem.message)
        return
    home = home_of(settings)
    changed = sum(name.startswith("PENINSULA_") for name in os.environ)
    yield Finding("settings", "ok", f"{changed} from the environment, {_file(home)}")
    for look in (_home, _token, _server, _journals, _rejected, _disk):
        yield from look(home, settings)


def _file(home: Home) -> str:
    return f"the others from {home.config}" if home.config.exists() else "no config.toml"


def _installed() -> Iterator[Finding]:
    said = f"{version('peninsula')}, Python {platform.python_version()}, {platform.platform()}"
    yield Finding("peninsula", "ok", said)
    there = [extra for extra, package in EXTRAS.items() if _is_installed(package)]
    yield Finding("extras", "ok", ", ".join(there) or "none")


def _is_installed(package: str) -> bool:
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True


# --- the home -------------------------------------------------------------------------------------


def _home(home: Home, _: Settings) -> Iterator[Finding]:
    path = home.path
    there = _nearest(path)
    try:
        _try_to_write(there)
    except OSError as problem:
        if there != path:
            fix = f"It would be made in {there}, which is {_owner(there)}. Set PENINSULA_HOME."
            yield Finding("home", "problem", f"{path} cannot be made: {problem.strerror}", fix)
            return
        fix = f"Give this user the right to write it, or set PENINSULA_HOME. It is {_owner(path)}."
        yield Finding("home", "problem", f"{path} cannot be written: {problem.strerror}", fix)
        return
    if there != path:
        yield Finding("home", "ok", f"{path}, made by the first run")
        return
    if is_shared(path):
        fix = "Set PENINSULA_HOME to a folder of this machine: a crashed run is noticed late here."
        yield Finding("home", "warning", f"{path} is on a network file system", fix)
        return
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        fix = f"Its runs and its token are for you alone: chmod 700 {path}"
        yield Finding("home", "warning", f"{path} can be read by others", fix)
        return
    yield Finding("home", "ok", str(path))


def _nearest(path: Path) -> Path:
    """Return the path, or the nearest folder above it that is there."""
    return next(each for each in (path, *path.parents) if each.exists())


def _try_to_write(folder: Path) -> None:
    """Raise OSError if nothing can be made in the folder."""
    probe = folder / f".doctor-{uuid4().hex}"
    probe.touch()
    probe.unlink()


def _owner(path: Path) -> str:
    try:
        return f"{path.owner()}'s"
    except (KeyError, OSError):
        return f"user {path.stat().st_uid}'s"


def _token(home: Home, _: Settings) -> Iterator[Finding]:
    if home.token.exists() and stat.S_IMODE(home.token.stat().st_mode) & 0o077:
        fix = f"Whoever reads it may do everything: chmod 600 {home.token}"
        yield Finding("token", "problem", f"{home.token} can be read by others", fix)


def _journals(home: Home, settings: Settings) -> Iterator[Finding]:
    waiting = _folders(home.journals)
    live = sum(held(folder / "lock") for folder in waiting)
    left = len(waiting) - live
    size = sum(file.stat().st_size for folder in waiting for file in _files(folder))
    said = f"{live} of running processes, {left} left behind, {size / 1e6:.1f} MB"
    if left > MOST_WAITING and destination(settings, home) is not None:
        fix = "A server adopts them within seconds. See its log: peninsula server status"
        yield Finding("journals", "warning", said, fix)
    else:
        yield Finding("journals", "ok", said)


def _folders(path: Path) -> list[Path]:
    try:
        return [each for each in path.iterdir() if each.is_dir() and each.name[0] != "."]
    except OSError:
        return []


def _files(folder: Path) -> list[Path]:
    try:
        return [each for each in folder.iterdir() if each.is_file()]
    except OSError:
        return []  # adopted meanwhile


def _rejected(home: Home, _: Settings) -> Iterator[Finding]:
    files = _files(home.rejected)
    if files:
        fix = "The event peninsula.process.record-rejected says why: peninsula event ls"
        said = f"{len(files)} processes had records that a server refused, in {home.rejected}"
        yield Finding("rejected", "warning", said, fix)


def _disk(home: Home, _: Settings) -> Iterator[Finding]:
    there = _nearest(home.path)
    free = shutil.disk_usage(there).free
    said = f"{free / 1e9:.1f} GB free at {there}"
    if free < LEAST_FREE:
        yield Finding("disk", "warning", said, "A full disk costs logs first, states last.")
    else:
        yield Finding("disk", "ok", said)


# --- the server -----------------------------------------------------------------------------------


class _Meta(Struct, frozen=True):
    """What is looked at of the server's word about itself, whatever its version."""

    rebuilding_since: datetime | None = None


def _server(home: Home, settings: Settings) -> Iterator[Finding]:
    found = destination(settings, home)
    if found is None:
        fix = "Runs wait in the journal until one starts: peninsula server start"
        yield Finding("server", "ok", "none: commands open the local database", fix)
        return
    request = urllib.request.Request(f"{found.url}/api/meta")  # noqa: S310  checked by `address`
    if found.key is not None:
        request.add_header("Authorization", f"Bearer {found.key}")
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310  as above
            said = answer.headers.get("Date")
            meta = msgspec.json.decode(answer.read(), type=_Meta)
    except urllib.error.HTTPError as problem:
        fix = "Set api_key to a key of this server: peninsula key create"
        yield Finding("server", "problem", f"{found.url} answers {problem.code}", fix)
        return
    except (OSError, ValueError) as problem:
        fix = "Start it, or correct api_url: peninsula config get api_url"
        reason = getattr(problem, "reason", problem)
        yield Finding("server", "problem", f"{found.url} cannot be reached: {reason}", fix)
        return
    yield Finding("server", "ok", found.url)
    if meta.rebuilding_since is not None:
        text = f"under way since {clock(meta.rebuilding_since)}"
        yield Finding("rebuild", "ok", text, "Nothing is pruned or deleted until it is done.")
    yield from _clock(said, time.time)


def _clock(said: str | None, now: Callable[[], float]) -> Iterator[Finding]:
    if said is None:
        return
    drift = now() - parsedate_to_datetime(said).timestamp()
    if abs(drift) > DRIFT:
        fix = "States keep their order; times that people read do not. Synchronize the clocks."
        where = "ahead of" if drift > 0 else "behind"
        text = f"{abs(drift):.0f} s {where} the server's"
        yield Finding("clock", "warning", text, fix)
    else:
        yield Finding("clock", "ok", "as the server's")
