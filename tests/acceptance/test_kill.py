"""Kill the flow process, the server, or both, at any moment: what was told is in the log once."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections import Counter
from contextlib import ExitStack, closing
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import pytest

from peninsula.server.storage.rows import LIVE
from tests.support.processes import Program, peninsula, python, wait_until
from tests.support.server import Server
from tests.support.soak import rounds

ROOT = Path(__file__).parents[2]

FLOW = """
import os, sys
from peninsula import emit_event, flow, task

place, count, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

@task
def tell(first):
    for n in range(first, min(first + 25, count)):
        emit_event("kill.told", "s3://lake", payload={"what": f"{place}-{n}", "text": "x" * size})
        # Only what returned is said, in one write, so that a kill leaves no half a line of it.
        os.write(1, f"told {place}-{n}\\n".encode())

@flow(log_prints=True)
def killed():
    print("tells", count)
    for first in range(0, count, 25):
        tell(first)

killed()
"""


class Homes:
    """The server's home, whose flows find it there, and another, whose flows have its address."""

    def __init__(self, server: Server, tmp_path: Path) -> None:
        self.server = server
        self._flow = tmp_path / "flow.py"
        self._flow.write_text(FLOW)
        key = (server.home / "token").read_text().strip()
        self._environments = [
            {"PENINSULA_HOME": str(server.home)},
            {
                "PENINSULA_HOME": str(tmp_path / "elsewhere"),
                "PENINSULA_API_URL": server.url,
                "PENINSULA_API_KEY": key,
            },
        ]
        self.folders = [server.home, tmp_path / "elsewhere"]

    def flow(self, kind: int, place: str, count: int, size: int) -> Program:
        """Start a flow in one of the homes."""
        return python(self._flow, place, str(count), str(size), env=self.environment(kind))

    def environment(self, kind: int) -> dict[str, str]:
        """Return the variables of a program in one of the homes."""
        return {"PYTHONPATH": str(ROOT), **self._environments[kind]}

    def log(self) -> Counter[str]:
        """Return what is in the server's log, and how often."""
        database = f"file:{self.server.home / 'peninsula.db'}?mode=ro"
        with closing(sqlite3.connect(database, uri=True)) as connection:
            rows = connection.execute(
                "SELECT payload FROM events e JOIN names n ON n.id = e.name"
                " WHERE n.text = 'kill.told'"
            )
            return Counter(json.loads(payload)["what"] for (payload,) in rows)

    def rebuild(self) -> None:
        """Rebuild the stopped server's tables from its log, and demand that nothing changed."""
        self.server.stop()
        before = self._projections()
        with peninsula("server", "rebuild", env=self.environment(0)) as program:
            program.succeed(timeout=600)  # a soak's log is fifty times as long
        after = self._projections()
        assert before["runs"]
        for name, rows in before.items():
            assert after[name] == rows, name

    def _projections(self) -> dict[str, list[tuple[Any, ...]]]:
        with closing(sqlite3.connect(self.server.home / "peninsula.db")) as connection:
            return {
                name: sorted(connection.execute(f"SELECT * FROM {name}"), key=repr)
                for name in LIVE.tables
            }

    def waiting(self) -> list[str]:
        """Return the journals that are not wholly on the server."""
        return [
            name
            for folder in self.folders
            if (folder / "journal").is_dir()
            for name in os.listdir(folder / "journal")  # noqa: PTH208
            if not name.startswith(".")
        ]


@pytest.fixture
def homes(start_server, tmp_path: Path) -> Homes:
    """A running server and two homes."""
    return Homes(start_server(), tmp_path)


def told(program: Program) -> list[str]:
    """Return what a flow said that it told."""
    lines = [line for line in program.lines if line.startswith("told ")]
    return [line.removeprefix("told ") for line in lines]


def test_kill_at_any_moment(homes: Homes, random: Random):
    """Flows, the server or all of them are killed, over and over: nothing is lost or doubled."""
    expected: list[str] = []
    kills = Counter[str]()
    for place in range(rounds(10, soak=1_000)):
        expected += one_round(homes, random, place, kills)
    assert min(kills[who] for who in ("flow", "server", "both")) > 0
    log = settle(homes)
    missing = [what for what in expected if what not in log]
    assert missing == [], f"{len(missing)} of {len(expected)} are missing"
    assert [what for what, count in log.items() if count > 1] == []
    # A record whose emit was killed before it returned may be there as well.
    begun = {what for what in log if not what.startswith("last")} - set(expected)
    assert len(begun) <= kills["flow"] + kills["both"]
    homes.rebuild()


def one_round(homes: Homes, random: Random, place: int, kills: Counter[str]) -> list[str]:
    """Let two flows tell, kill one of the three when chance says, and return what was told."""
    who = ("flow", "server", "both")[place % 3]
    # The start of Python takes a part of its time; a short one may be over before its end comes.
    victim = random.randrange(2)
    longest = 2_000 if who == "server" else (50, 2_000, 100_000)[place // 3 % 3]
    with ExitStack() as stack:
        flows = [
            stack.enter_context(
                homes.flow(
                    kind,
                    f"r{place}f{kind}",
                    longest if kind == victim else random.choice([50, 2_000]),
                    random.choice([0, 900]),
                )
            )
            for kind in (0, 1)
        ]
        if who == "server":
            killed = homes.server.program.kill_within(1.5, random)
        else:
            killed = flows[victim].kill_within(1.5, random)
            if who == "both":
                homes.server.program.kill()
        kills[who] += killed
        if who != "flow":
            homes.server.close()
            homes.server.start()
        for kind, flow in enumerate(flows):
            code = flow.wait()
            assert code in ({0, -9} if kind == victim else {0}), flow.describe()
        return [what for flow in flows for what in told(flow)]


def settle(homes: Homes) -> Counter[str]:
    """Let further flows adopt what is left, and return the log when only their own journal waits.

    What is left in its own home the server adopts by itself.
    """
    for _ in range(100):
        with homes.flow(1, f"last-{uuid4()}", 1, 0) as flow:
            flow.succeed()
        if len(homes.waiting()) <= 1:
            return homes.log()
    msg = f"Nobody takes over {homes.waiting()}."
    raise AssertionError(msg)


@pytest.mark.parametrize("copied", [False, True], ids=["backup", "files"])
def test_a_server_is_restored(homes: Homes, tmp_path: Path, copied: bool):
    """A server that goes back to a backup, or to a copy of its files, gets what it lost again."""
    database = homes.server.home / "peninsula.db"
    copy = tmp_path / "copy.db"
    flows(homes, "early")
    settle(homes)
    if copied:
        homes.server.stop()
        shutil.copy(database, copy)
        homes.server.start()
    else:
        command = ["server", "backup", copy]
        with peninsula(*command, env=homes.environment(0)) as program:
            program.succeed()
    flows(homes, "late")
    settle(homes)
    homes.server.stop()
    for path in homes.server.home.glob("peninsula.db*"):
        path.unlink()
    shutil.copy(copy, database)
    homes.server.start()
    # What went to the server of this home it takes by itself; elsewhere it takes another flow.
    flows(homes, "after")
    wait_until(lambda: len(told_of(homes, "late", "after")) == 400, what="the lost ones")
    assert set(homes.log().values()) == {1}
    homes.rebuild()


def flows(homes: Homes, place: str) -> None:
    """Let a flow in each home tell a hundred events."""
    for kind in (0, 1):
        with homes.flow(kind, f"{place}{kind}", 100, 100) as flow:
            flow.succeed()


def told_of(homes: Homes, *places: str) -> list[str]:
    """Return what the log has of some flows."""
    return [what for what in homes.log() if what.startswith(places)]


def test_fifty_at_once(homes: Homes):
    """Fifty processes that start, tell and end together on one SQLite server lose nothing."""
    with ExitStack() as stack:
        flows = [
            stack.enter_context(homes.flow(place % 2, f"p{place}", 100, 100)) for place in range(50)
        ]
        for flow in flows:
            flow.succeed(100)
            assert len(told(flow)) == 100
    # A process whose last batch was not answered in time leaves it to the next.
    log = settle(homes)
    assert {what for what in log if what.startswith("p")} == {
        f"p{place}-{n}" for place in range(50) for n in range(100)
    }
    assert set(log.values()) == {1}
    homes.rebuild()
    assert "locked" not in homes.server.program.output
    homes.rebuild()


def test_the_server_is_away_for_the_whole_run(homes: Homes):
    """A flow that ran while its server was down is in the log when the server is back."""
    homes.server.kill()
    for kind in (0, 1):
        with homes.flow(kind, f"away{kind}", 500, 100) as flow:
            flow.succeed()
    homes.server.start()
    wait_until(lambda: sum(homes.log().values()) >= 500, what="the server to adopt its own home")
    with homes.flow(1, "after", 1, 0) as flow:
        flow.succeed()
    log = wait_until(lambda: (log := homes.log()) and len(log) == 1_001 and log, what="the rest")
    assert set(log.values()) == {1}
    homes.rebuild()
