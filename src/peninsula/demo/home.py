"""Make the home of a demo, or find the one that is there."""

from __future__ import annotations

import asyncio
import glob
import os
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from uuid import UUID

import msgspec
from msgspec import Struct

from peninsula.client.destination import held
from peninsula.core.errors import ConflictError
from peninsula.core.home import Home
from peninsula.core.settings import PREFIX, variable
from peninsula.core.work import Heartbeat
from peninsula.sdk.settings import settings

__all__ = ["Note", "Staying", "default_home", "find", "keep_apart", "make", "read_note"]


class Staying(Struct, frozen=True, kw_only=True):
    """A worker that is there as long as the demo is served."""

    pool: str
    told: Heartbeat


class Note(Struct, frozen=True, kw_only=True):
    """What is known of a history, beside what is in it."""

    seed: int
    large: bool
    until: datetime
    flow_runs: int
    events: int
    process: UUID
    """Runs that are not over at the end are told of by this one."""
    unended: Sequence[UUID]
    """Those flow runs."""
    workers: Sequence[Staying] = ()


def default_home() -> Path:
    """Return where the demo lies if nobody says: in the user's cache."""
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "peninsula" / "demo"


def keep_apart(home: Path) -> None:
    """Have no setting of the user's reach what this process does from now on."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        del os.environ[name]
    os.environ[variable("home")] = str(home)
    settings.cache_clear()


def find(home: Path) -> Note | None:
    """Return what is there; None if nothing is. Raises ConflictError if it is something else."""
    note = read_note(home)
    if note is not None:
        return note
    if not home.exists() or (home.is_dir() and not any(home.iterdir())):
        return None
    msg = f"{home} is there and holds no demo. Give another folder: peninsula demo --home DIR"
    raise ConflictError(msg)


def read_note(home: Path) -> Note | None:
    """Return what is known of the demo in a home; None where there is none."""
    try:
        return msgspec.json.decode(Home(home).demo_note.read_bytes(), type=Note)
    except (OSError, msgspec.MsgspecError):
        return None


def make(home: Path, seed: int, *, large: bool) -> Note:
    """Make a history beside the home, and put it in its place when it is whole.

    Raises ConflictError when what is there is no demo, or is served.
    """
    if find(home) is not None and held(Home(home).server_lock):
        msg = f"The demo in {home} is being served. End that by Ctrl-C before it is made anew."
        raise ConflictError(msg)
    home.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(mkdtemp(prefix=f".{home.name}-", dir=home.parent))
    try:
        keep_apart(draft)
        note = _live(draft, seed, large=large)
        Home(draft).demo_note.write_bytes(msgspec.json.encode(note))
        shutil.rmtree(home, ignore_errors=True)
        draft.rename(home)
        _key_of(draft).rename(_key_of(home))
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        key = glob.escape(_key_of(draft).name)
        for left in draft.parent.glob(f"{key}*"):  # and the lock of its makers
            left.unlink(missing_ok=True)
    return note


def _key_of(home: Path) -> Path:
    """Return the file with the key of its secrets, which lies beside a home."""
    return home.with_name(f"{home.name}.key")


def _live(draft: Path, seed: int, *, large: bool) -> Note:
    # Weight: flows and engine, for whoever has no demo yet.
    from peninsula.demo.filling import fill, prepare  # noqa: PLC0415
    from peninsula.demo.history import Homes, live_through  # noqa: PLC0415

    processes = draft / "processes"
    homes = Homes(draft, processes / "killed", processes / "running")
    until = datetime.now(UTC).replace(microsecond=0)
    workers = asyncio.run(prepare(draft))
    live_through(homes, until, seed, large=large)
    filled = asyncio.run(fill(homes, until))
    shutil.rmtree(processes)
    return Note(
        seed=seed,
        large=large,
        until=until,
        flow_runs=filled.flow_runs,
        events=filled.events,
        process=filled.process,
        unended=filled.unended,
        workers=[Staying(pool=pool, told=told) for pool, told in workers.items()],
    )
