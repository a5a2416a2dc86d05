"""Serve a home over HTTP until told to stop. Heavy: `serve` imports it at once."""

from __future__ import annotations

import asyncio
import errno
import logging
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

import uvicorn
import uvloop

from peninsula.core.errors import ConflictError, UnavailableError
from peninsula.core.settings import Settings
from peninsula.server import lock, wiring
from peninsula.server.app import create_app
from peninsula.server.config import Config, configure
from peninsula.server.services.adoption import Adopt

__all__ = ["serve"]

LOCK_SECONDS: Final = 3.0
"""How long to wait for whoever has the home: a command that is about to end, a server stopping."""

PORTS: Final = 50
"""Ports that are tried, from the one that is set on."""

DRAIN_SECONDS: Final = 10
"""How long answers that were begun may take once the server is told to stop."""

BACKLOG: Final = 2_048

TICK_SECONDS: Final = 1.0
"""How old the date of an answer may be."""

EVERYWHERE: Final = frozenset({"", "0.0.0.0", "::"})  # noqa: S104  compared with, not bound to


def serve(
    settings: Settings,
    adopt: Adopt | None,
    *,
    exact_port: bool,
    say: Callable[[str], None],
) -> None:
    """Serve until SIGTERM or Ctrl-C: `peninsula.server.serve` says more."""
    config = configure(settings)
    logging.getLogger("uvicorn.error").addFilter(_is_ours)
    with lock.hold(config.home, LOCK_SECONDS), _listen(config, exact=exact_port) as listener:
        uvloop.run(_serve(config, listener, adopt, say))


async def _serve(
    config: Config, listener: socket.socket, adopt: Adopt | None, say: Callable[[str], None]
) -> None:
    url = _url(config, listener)
    async with wiring.open_services(config) as services:
        server = _Server(
            uvicorn.Config(
                create_app(services),
                log_config=None,
                access_log=False,
                lifespan="off",
                http="httptools",
                ws="none",
                loop="none",
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=DRAIN_SECONDS,
                ssl_certfile=config.tls_cert,
                ssl_keyfile=config.tls_key,
            ),
            stopping=services.let_go,
        )
        server.heed_signals()
        async with wiring.on_duty(services, adopt):
            with lock.noted(config.home, url, services.log_id):
                say(f"Peninsula serves {url}, and keeps its log in {_where(config)}.")
                say(f"The pages are at {url}; `peninsula server open` opens them. Ctrl-C ends it.")
                await server.serve(sockets=[listener])


def _is_ours(record: logging.LogRecord) -> bool:
    """Tell whether a warning is about this server, which speaks no WebSocket and is asked to."""
    return not record.getMessage().startswith(("Unsupported upgrade", "No supported WebSocket"))


class _Server(uvicorn.Server):
    """Stops at a signal without raising it again: the command then ends well."""

    def __init__(self, config: uvicorn.Config, stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self._stopping = stopping
        self._told = asyncio.Event()

    def heed_signals(self) -> None:
        """Stop at the first signal, and without finishing what was begun at the second."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # They are heeded since before the address was told: whoever knows it may end us at once.
        yield

    async def main_loop(self) -> None:
        # Its own looks ten times a second whether it was told to stop: we know when it was.
        while not await self.on_tick(counter=0):
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK_SECONDS):
                    await self._told.wait()

    def _stop(self) -> None:
        self.force_exit = self.should_exit
        self.should_exit = True
        self._told.set()
        self._stopping()


@contextmanager
def _listen(config: Config, *, exact: bool) -> Iterator[socket.socket]:
    listener = _bind(config, exact=exact)
    try:
        yield listener
    finally:
        listener.close()


def _bind(config: Config, *, exact: bool) -> socket.socket:
    """Take the port that is set, or the next that is free."""
    ports = range(config.port, config.port + 1 if exact or not config.port else config.port + PORTS)
    for port in ports:
        try:
            family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
            return socket.create_server((config.host, port), family=family, backlog=BACKLOG)
        except OSError as problem:
            if problem.errno != errno.EADDRINUSE:
                msg = f"Cannot listen on {config.host}:{port}: {problem}."
                raise UnavailableError(msg) from problem
    taken = str(config.port) if len(ports) == 1 else f"{ports[0]} to {ports[-1]}"
    msg = f"Port {taken} of {config.host} is taken. Choose another with --port, or 0 for any."
    raise ConflictError(msg, port=config.port)


def _url(config: Config, listener: socket.socket) -> str:
    port = listener.getsockname()[1]
    host = "127.0.0.1" if config.host in EVERYWHERE else config.host
    name = f"[{host}]" if ":" in host else host
    return f"{'https' if config.secure else 'http'}://{name}:{port}"


def _where(config: Config) -> str:
    kind, _, rest = config.database_url.partition("://")
    return rest.removeprefix("/") if kind == "sqlite" else f"a {kind.partition('+')[0]} database"
