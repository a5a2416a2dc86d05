"""A server with a work pool, and deployments of flows in it."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import msgspec

from tests.support.processes import Program, peninsula, wait_until

__all__ = ["Lake"]


class Lake:
    """A server with a work pool, and deployments in it."""

    def __init__(self, server, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self.marks = folder / "marks"
        self.marks.mkdir()
        self.stack = ExitStack()
        self.deployments: dict[str, str] = {}
        token = (server.home / "token").read_text().strip()
        self.http = self.stack.enter_context(
            httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=60)
        )
        self.post("work-pools", {"name": "lake", "type": "process"})
        for flow in ("mark", "waits"):
            self.deploy(flow)

    def deploy(self, flow: str, pool: str = "lake", **more: object) -> None:
        """Have a deployment of a flow of the file in the folder."""
        wanted = {
            "flow": flow,
            "name": "lake",
            "entrypoint": f"marks.py:{flow}",
            "path": str(self.folder),
            "work_pool": pool,
            "parameters": {"folder": str(self.marks)},
            **more,
        }
        self.deployments[flow] = self.post("deployments", wanted)["id"]

    def post(self, path: str, body: object = None) -> Any:
        """The answer to a POST."""
        content = msgspec.json.encode({} if body is None else body)
        said = self.http.post(f"{self.server.url}/api/{path}", content=content)
        assert said.status_code < 300, said.text
        return said.json() if said.content else None

    def worker(self, name: str, *options: str) -> Program:
        """A worker of the pool."""
        arguments = ("worker", "start", "--pool", "lake", "--name", name, *options)
        started = self.stack.enter_context(peninsula(*arguments, cwd=self.folder))
        started.wait_for_line("serves the work pool")
        return started

    def submit(self, flow: str = "mark") -> str:
        """A run that is due now."""
        return self.post(f"deployments/{self.deployments[flow]}/runs")["id"]

    def states(self) -> Counter[str]:
        """How many runs are in which state."""
        said = self.http.get(f"{self.server.url}/api/flow-runs", params={"limit": 200})
        return Counter(run["state"]["name"] for run in said.json()["items"])

    def run(self, id_: str) -> dict[str, Any]:
        """One run."""
        return self.http.get(f"{self.server.url}/api/flow-runs/{id_}").json()

    def command(self, *arguments: str) -> str:
        """What a command of the command line prints, which ends well."""
        with peninsula(*arguments, cwd=self.folder) as program:
            return program.succeed()

    def until_task(self, id_: str, task: str, name: str) -> None:
        """Wait until the only run of a task in that flow run is in that state."""

        def states() -> list[str]:
            asked = {"root": id_, "task": task}
            said = self.http.get(f"{self.server.url}/api/task-runs", params=asked)
            assert said.status_code == 200, said.text
            return [run["state"]["name"] for run in said.json()["items"]]

        wait_until(lambda: states() == [name], timeout=90, what=f"{task} to be {name}")

    def until(self, id_: str, *names: str) -> dict[str, Any]:
        """The run, once it is in one of those states."""
        what = f"{id_} to be {names}"
        wait_until(lambda: self.run(id_)["state"]["name"] in names, timeout=90, what=what)
        return self.run(id_)
