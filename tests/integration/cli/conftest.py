"""Commands as real processes, over homes with a history."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from peninsula.client.destination import Destination
from peninsula.client.port import Port
from peninsula.core import codec
from tests.support.make import Teller
from tests.support.server import Server


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


Cli = Callable[..., Done]


@pytest.fixture
def cli(home: Path) -> Cli:  # noqa: ARG001  it sets PENINSULA_HOME
    """Run a command to its end: `cli("flow-run", "ls", "--json", env={…}, stdin="…")`."""

    def run(
        *arguments: object,
        env: dict[str, str] | None = None,
        stdin: str | None = None,
        cwd: Path | None = None,
    ) -> Done:
        done = subprocess.run(
            [sys.executable, "-m", "peninsula", *map(str, arguments)],
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env={**os.environ, **(env or {})},
            cwd=cwd,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def tell() -> Callable[[Server, Teller], None]:
    """Have an emitter tell a server all it has: `tell(server, teller)`."""

    def send(server: Server, teller: Teller) -> None:
        key = (server.home / "token").read_text().strip()
        port = Port(lambda: Destination(url=server.url, key=key, local=True), timeout=10)
        port.take(codec.encode(teller.batch()))
        port.close()

    return send
