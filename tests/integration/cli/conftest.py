"""Commands as real processes, over homes with a history."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from msgspec import Raw

from peninsula.core import codec, ids
from peninsula.core.runs import Birth, RunKind
from peninsula.core.states import StateType
from tests.support import make, nursery
from tests.support.make import Teller
from tests.support.server import Server

NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=10)


def at(minute: float) -> str:
    """Return a moment of the history, as it is written on the command line."""
    return (NOW + timedelta(minutes=minute)).isoformat()


class Done(NamedTuple):
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it said, as JSON."""
        assert self.code == 0, self.err
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """What it said, as lines of JSON."""
        assert self.code == 0, self.err
        return [json.loads(line) for line in self.out.splitlines()]


Cli = Callable[..., Done]


def run_cli(
    *arguments: object,
    env: dict[str, str] | None = None,
    stdin: str | None = None,
    cwd: Path | None = None,
) -> Done:
    """Run a command to its end."""
    environment = {**os.environ, **(env or {})}
    given, texts = {"cwd": cwd, "env": environment, "timeout": 60}, [str(a) for a in arguments]
    if nursery.fits(environment):
        done = nursery.run(texts, stdin=stdin or "", **given)
    else:
        command = [sys.executable, "-m", "peninsula", *texts]
        done = subprocess.run(
            command, input=stdin or "", capture_output=True, text=True, check=False, **given
        )
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def cli() -> Cli:
    """Run a command in the test's home: `cli("flow-run", "ls", "--json", env={…}, stdin="…")`."""
    return run_cli


# --- a history that several tests read -----------------------------------------------------------


class Told(NamedTuple):
    """A server with a history, and how to ask it."""

    server: Server
    ids: dict[str, UUID]
    """Of runs, by name."""

    def cli(self, *arguments: object, **options: Any) -> Done:
        """Run a command in this home."""
        return run_cli(*arguments, env={"PENINSULA_HOME": str(self.server.home)}, **options)


LONG = "a-run-whose-name-was-made-by-a-template-and-does-not-fit-into-eighty-columns"
UNIQUE = "DataQualityError: weather has 3,021 rows twice: the key (origin, time_hour) is not unique"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """A server that was told of some runs: tests of this module read it and change nothing."""
    with Server(tmp_path_factory.mktemp("told") / "home").start() as server:
        teller = Teller()
        teller._stamp = make.micros(NOW)
        names = _history(teller)
        _send(server, codec.encode(teller.batch()))
        yield Told(server, names)


def _send(server: Server, batch: bytes) -> None:
    key = (server.home / "token").read_text().strip()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{server.url}/api/intake", batch, headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200


def _history(teller: Teller) -> dict[str, UUID]:
    """Tell of four flow runs, the oldest first: one failed in a task, of one the name is long."""
    found: dict[str, UUID] = {}
    for name, flow, minute in (
        ("quick-otter", "nightly", 0),
        ("twice", "nightly", 1),
        ("twice", "nightly", 2),
        (LONG, "weekly", 3),
    ):
        found[name] = run(teller, name, minute, flow=flow, end=StateType.COMPLETED)
    top = found["brisk-harbour"] = run(teller, "brisk-harbour", 4, flow="flights")
    sub = found["by-carrier"] = run(teller, "by-carrier", 5, flow="delays-by", parent=top, root=top)
    for place in range(6):
        name = f"sum-{place}"
        found[name] = run(
            teller, name, 5, task="sum", parent=sub, root=top, end=StateType.COMPLETED
        )
    state(teller, sub, top, StateType.COMPLETED, 6)
    found["check"] = run(
        teller,
        "check",
        6,
        task="check",
        parent=top,
        root=top,
        end=StateType.FAILED,
        message=f"{UNIQUE}\nin the landing zone",
    )
    touched = make.event(
        "orders.loaded",
        "s3://lake/raw/orders.parquet",
        occurred=NOW + timedelta(minutes=6),
        payload={"rows": 336_776},
        related=[("postgresql://db.internal/warehouse", "uses")],
    )
    teller.tell(touched, found["check"], top)
    state(teller, top, top, StateType.FAILED, 7, message=UNIQUE)
    return found


def run(
    teller: Teller,
    name: str,
    minute: int,
    *,
    end: StateType | None = None,
    message: str | None = None,
    **born: Any,
) -> UUID:
    """Tell of a run that begins at a minute, and ends a second later if it is to end."""
    at = NOW + timedelta(minutes=minute)
    id_ = ids.uuid7(make.micros(at), os.urandom(8))
    birth = Birth(
        name=name,
        tags=("eu",),
        parameters=Raw(b'{"day":"2026-01-31","limit":3}'),
        code="flights.py:flights",
        **born,
    )
    root = born.get("root") or id_
    kind = RunKind.TASK_RUN if "task" in born else RunKind.FLOW_RUN
    began = make.change(StateType.RUNNING, born=birth)
    teller.tell(make.state(id_, kind, began, at), id_, root)
    teller.log(id_, root, f"{name} reads", f"{name} writes")
    if end is not None:
        told = make.change(end, message=message)
        teller.tell(make.state(id_, kind, told, at + timedelta(seconds=1)), id_, root)
    return id_


def state(
    teller: Teller,
    id_: UUID,
    root: UUID,
    type_: StateType,
    minute: int,
    message: str | None = None,
) -> None:
    """Tell of a flow run's state."""
    told = make.change(type_, message=message)
    at = NOW + timedelta(minutes=minute)
    teller.tell(make.state(id_, RunKind.FLOW_RUN, told, at), id_, root)
