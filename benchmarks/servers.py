"""Start servers, ours and a peer's, and await that they are ready."""

from __future__ import annotations

import http.client
import socket
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.calls import Caller
from benchmarks.peers import Peer
from benchmarks.programs import ProgramError, cpu_of
from tests.support.processes import Program

__all__ = ["Served", "free_port", "our_command", "peer_command", "serve"]

PATIENCE: Final = 120.0
"""Seconds until a server that is not ready is given up."""

PAUSE: Final = 0.002
"""Seconds between two looks whether it is."""


class Served(NamedTuple):
    """A server that runs."""

    url: str
    key: str | None
    program: Program
    started: float
    """Seconds from its start to its first answer that it is ready."""

    def caller(self) -> Caller:
        """Return a new connection to it."""
        return Caller(self.url, self.key)

    @property
    def cpu(self) -> float:
        """Processor seconds that it and its processes have taken so far."""
        return cpu_of(self.program.pid)


def our_command(port: int) -> list[str]:
    """Return what starts a server of ours."""
    command = [sys.executable, "-m", "peninsula", "server", "start"]
    return [*command, "--host", "127.0.0.1", "--port", str(port)]


def peer_command(peer: Peer, port: int) -> list[str]:
    """Return what starts Prefect's server."""
    command = [str(peer.bin / "prefect"), "server", "start"]
    return [*command, "--host", "127.0.0.1", "--port", str(port)]


@contextmanager
def serve(command: Sequence[str | Path], env: Mapping[str, str], port: int) -> Iterator[Served]:
    """Run a server and yield it when it is ready; end it afterwards."""
    started = time.perf_counter()
    with Program(command, env=env) as program:
        _await_ready(program, port)
        took = time.perf_counter() - started
        yield Served(f"http://127.0.0.1:{port}", _key(env), program, took)
        program.terminate()


def _await_ready(program: Program, port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while not _is_ready(port):
        if program.returncode is not None or time.monotonic() > deadline:
            msg = f"The server did not come up: {program.describe()}"
            raise ProgramError(msg)
        time.sleep(PAUSE)


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/api/ready")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _key(env: Mapping[str, str]) -> str | None:
    token = Path(env.get("PENINSULA_HOME", "/nowhere")) / "token"
    return token.read_text().strip() if token.exists() else None


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
