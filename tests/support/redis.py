"""A server of Redis, from Debian's packages, for a test process."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from tests.support.processes import Program

__all__ = ["MISSING", "PASSWORD", "RedisServer", "start_redis"]

MISSING = "Redis is not installed: apt-get install redis-server"
PASSWORD = "s3cr3t-of-redis"


class RedisServer(NamedTuple):
    """Where it listens."""

    port: int


@contextmanager
def start_redis() -> Iterator[RedisServer | None]:
    """Run a server that wants a password, on a free port of loopback; None without a program."""
    if (program := shutil.which("redis-server")) is None:
        yield None
        return
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    options = {"--bind": "127.0.0.1", "--port": str(port), "--requirepass": PASSWORD, "--save": ""}
    with Program([program, *(part for pair in options.items() for part in pair)]) as running:
        running.wait_for_line("Ready to accept connections")
        yield RedisServer(port)
