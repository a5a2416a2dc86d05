"""Programs that deploy and serve, beside a real server."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from textwrap import dedent
from typing import Any

import httpx
import pytest

from tests.support.processes import Program, python, wait_until
from tests.support.server import Server


class Seen:
    """What the server knows."""

    def __init__(self, server: Server) -> None:
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
        said = self.http.post(path, json={} if body is None else body)
        assert said.status_code < 300, said.text
        return said.json()

    def deployment(self, named: str) -> dict[str, Any] | None:
        """A deployment, once it is there."""
        found = self.get("deployments", named=named)["items"]
        return found[0] if found else None

    def run(self, deployment: dict[str, Any], **wanted: Any) -> str:
        """A run that someone asks for."""
        return self.post(f"deployments/{deployment['id']}/runs", wanted)["id"]

    def lines(self, run: str) -> list[str]:
        """What the log of a run says."""
        return [line["message"] for line in self.get(f"flow-runs/{run}/logs", limit=200)["items"]]

    def until(self, run: str, *names: str) -> dict[str, Any]:
        """A run, once it is in one of those states."""

        def there() -> dict[str, Any] | None:
            found = self.get(f"flow-runs/{run}")
            return found if found["state"]["name"] in names else None

        try:
            return wait_until(there, what=f"{run} to be {names}")
        except AssertionError as problem:
            raise AssertionError(f"{problem} It is {self.get(f'flow-runs/{run}')}") from None


@pytest.fixture
def seen(server: Server) -> Iterator[Seen]:
    """A way to ask the server."""
    found = Seen(server)
    yield found
    found.http.close()


@pytest.fixture
def program(server: Server, tmp_path: Path) -> Iterator[Callable[..., Program]]:
    """A way to start programs of users, in a folder of their own."""
    folder = tmp_path / "code"
    folder.mkdir()

    def start(text: str, name: str = "etl.py") -> Program:
        (folder / name).write_text(dedent(text))
        env = {**os.environ, "PENINSULA_HOME": str(server.home)}
        return stack.enter_context(python(name, env=env, cwd=folder))

    with ExitStack() as stack:
        yield start
