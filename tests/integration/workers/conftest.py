"""A real server, runs that are due on it, and the processes that run them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from textwrap import dedent
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from peninsula.core.work import RUN_ID, RUN_START
from tests.support.processes import Program, python, wait_until
from tests.support.server import Server

ETL = """
    import atexit, os, signal, sys, time
    from pathlib import Path
    from peninsula import flow, get_run_logger, suspend_flow_run, task
    from peninsula.journal.masking import register as register_secret

    @task(persist_result=True)
    def load(day: int):
        get_run_logger().info("loading day %s", day)
        return day * 2

    @task
    def publish(rows: int, marker: str | None):
        if marker is not None and not Path(marker).exists():
            Path(marker).touch()
            raise OSError("the warehouse is away")
        return rows

    @flow
    def etl(day: int = 1, marker: str | None = None):
        return publish(load(day), marker)

    @flow
    def quick():
        return 1

    @flow
    def talks():
        print("from python", flush=True)
        os.system("echo from a program")

    @flow
    def whispers():
        register_secret(["hunter2-in-the-lake"])
        print("the password is hunter2-in-the-lake", flush=True)

    @flow
    def dies():
        os.kill(os.getpid(), signal.SIGKILL)

    @flow
    def logs_and_dies():
        for number in range(300):
            get_run_logger().info("word %s", number)
        print("the last word", flush=True)
        os.kill(os.getpid(), signal.SIGKILL)

    @flow
    def leaves():
        print("leaving", flush=True)
        os._exit(3)

    @flow
    def leaves_as_unreached():
        os._exit(75)

    @flow
    def waits(path: str):
        print("it waits", flush=True)
        while not Path(path).exists():
            time.sleep(0.02)

    @flow
    def yields_and_leaves(path: str):
        yield waits.fn(path)
        sys.exit(3)

    @flow
    def suspends(path: str):
        # Its process stays until it is let go; the next start is one that nothing interrupts.
        stays = atexit.register(lambda: (waits.fn(f"{path}/let-go"), os._exit(3)))
        suspend_flow_run(key="approval")
        atexit.unregister(stays)
        stubborn.fn(f"{path}/again")

    @flow
    def stubborn(path: str):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        Path(path).touch()
        while True:
            try:
                time.sleep(600)
            except BaseException:
                pass
"""


class Runs:
    """Runs on a server, as people ask for them."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server = server
        self.folder = folder
        token = (server.home / "token").read_text().strip()
        self.http = httpx.Client(
            base_url=f"{server.url}/api", headers={"Authorization": f"Bearer {token}"}, timeout=30
        )

    def get(self, path: str, **parameters: Any) -> Any:
        """The answer to a GET."""
        said = self.http.get(path, params=parameters)
        assert said.status_code == 200, said.text
        return said.json()

    def post(self, path: str, body: object = None) -> Any:
        """The answer to a POST."""
        said = self.http.post(path, content=msgspec.json.encode({} if body is None else body))
        assert said.status_code < 300, said.text
        return said.json() if said.content else None

    def pool(self, name: str = "lake", **more: object) -> UUID:
        """A work pool of processes."""
        return UUID(self.post("work-pools", {"name": name, "type": "process", **more})["id"])

    def submit(self, flow: str, pool: UUID, **more: Any) -> UUID:
        """A run that is due now, of a deployment in that pool."""
        [named] = [one["name"] for one in self.get("work-pools") if one["id"] == str(pool)]
        where = {"entrypoint": f"etl.py:{flow}", "path": str(self.folder), "work_pool": named}
        made = self.post("deployments", {"flow": flow, "name": "due", **where, **more})
        return UUID(self.post(f"deployments/{made['id']}/runs", {"name": "brisk-otter"})["id"])

    def run(self, run: UUID) -> dict[str, Any]:
        """A run, as it is."""
        return self.get(f"flow-runs/{run}")

    def state(self, run: UUID) -> str:
        """The name of the state it is in."""
        return self.run(run)["state"]["name"]

    def until(self, run: UUID, *names: str) -> dict[str, Any]:
        """The run, once it is in one of those states."""

        def there() -> dict[str, Any] | None:
            found = self.run(run)
            return found if found["state"]["name"] in names else None

        try:
            return wait_until(there, what=f"{run} to be {names}")
        except AssertionError as problem:
            raise AssertionError(f"{problem} It is {self.run(run)['state']}") from None

    def log(self, run: UUID) -> list[dict[str, Any]]:
        """The lines of its log."""
        return self.get(f"flow-runs/{run}/logs", limit=1000)["items"]

    def lines(self, run: UUID) -> list[tuple[str, str]]:
        """Logger and message of each line of its log."""
        return [(line["logger"], line["message"]) for line in self.log(run)]

    def events(self, run: UUID) -> list[dict[str, Any]]:
        """The events that happened in it, the oldest first."""
        found = self.get("events", run=str(run), order="oldest", limit=200)
        return found["items"]


@pytest.fixture
def etl(tmp_path: Path) -> Path:
    """A file of flows."""
    folder = tmp_path / "flows"
    folder.mkdir()
    (folder / "etl.py").write_text(dedent(ETL))
    return folder


@pytest.fixture
def runs(server: Server, etl: Path) -> Iterator[Runs]:
    """Runs on a server on SQLite."""
    found = Runs(server, etl)
    yield found
    found.http.close()


@pytest.fixture
def execute(runs: Runs) -> Iterator[Callable[..., Program]]:
    """Be a worker that claims one run, and start the process for it."""

    def start(run: UUID, pool: str = "lake", **env: str) -> Program:
        emitter = str(uuid4())
        beat = {"emitter": emitter, "name": emitter, "type": "process"}
        runs.post(f"work-pools/{pool}/workers", beat)
        asked = {"emitter": emitter, "worker": emitter, "limit": 1}
        [job] = runs.post(f"work-pools/{pool}/claim", asked)["jobs"]
        assert job["run"] == str(run)
        told = {RUN_ID: job["run"], RUN_START: str(job["start"]), "PENINSULA_API_KEY": job["key"]}
        arguments = ("-m", "peninsula", "flow-run", "execute")
        process = python(*arguments, env={**os.environ, **told, **env}, cwd=runs.folder)
        return stack.enter_context(process)

    with ExitStack() as stack:
        yield start
