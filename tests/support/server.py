"""A real server process: started, awaited, stopped, killed and started again."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from tests.support.processes import Program, peninsula, wait_until

__all__ = ["Server"]


class Server:
    """`peninsula server start` on a home of its own; after a stop it can start again.

    The first start takes any free port, later ones the same, so that its clients find it.
    """

    def __init__(
        self,
        home: Path,
        *,
        database_url: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.home = home
        self.url = ""
        self._port = 0
        self._program: Program | None = None
        self._env = {"PENINSULA_HOME": str(home), **(env or {})}
        if database_url:
            self._env["PENINSULA_DATABASE_URL"] = database_url

    @property
    def program(self) -> Program:
        """The running process."""
        assert self._program is not None, "The server has not been started."
        return self._program

    def start(self) -> Self:
        """Start it and return when it takes connections."""
        options = ["--host", "127.0.0.1", "--port", str(self._port)]
        self._program = peninsula("server", "start", *options, env=self._env)
        try:
            self.url = wait_until(self._address, what="the server to say its address")["url"]
            self._port = urlsplit(self.url).port or 0
            wait_until(self._answers, what="the server to take connections")
        except BaseException:
            self.close()
            raise
        return self

    def stop(self) -> None:
        """End it as a person does, and check that it ends well."""
        code = self.program.terminate()
        assert code == 0, self.program.describe()
        self.close()

    def kill(self) -> None:
        """End it with -9."""
        self.program.kill()
        self.close()

    def restart(self) -> Self:
        """Stop it, and start it at the same address."""
        self.stop()
        return self.start()

    def close(self) -> None:
        """End it however it is; safe twice."""
        if self._program is not None:
            self._program.close()

    def __enter__(self) -> Self:
        return self if self._program else self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def _address(self) -> dict[str, Any] | None:
        """Return server.json if this process wrote it: one may lie there from a killed server."""
        assert self.program.returncode is None, self.program.describe()
        try:
            said = json.loads((self.home / "server.json").read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        return said if said["pid"] == self.program.pid else None

    def _answers(self) -> bool:
        assert self.program.returncode is None, self.program.describe()
        try:
            socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
        except OSError:
            return False
        return True
