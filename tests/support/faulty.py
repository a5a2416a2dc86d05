"""A server of HTTP that fails as it is told."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

__all__ = ["RESET", "SLOW", "Faulty", "start_faulty"]

RESET: Final = -1
"""In place of a status: the connection is reset."""
SLOW: Final = -2
"""Nothing is answered until the server ends."""


class Faulty:
    """What was asked, and what is answered: `statuses` one after the other, then 200."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.statuses: list[int] = []
        self.headers: dict[str, str] = {}
        """Sent with each answer."""
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        """Method, path, headers by names in lower case, and content."""
        self.over = threading.Event()


@contextmanager
def start_faulty(certificate: Path | None = None, key: Path | None = None) -> Iterator[Faulty]:
    """Run one on a free port of loopback, with TLS if it has a certificate."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "http" if certificate is None else "https"
        server.faulty = Faulty(f"{scheme}://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.faulty
        finally:
            server.faulty.over.set()
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    def answer(self) -> None:
        faulty: Faulty = self.server.faulty
        content = b"".join(self.parts())
        headers = {name.lower(): value for name, value in self.headers.items()}
        faulty.asked.append((self.command, self.path, headers, content))
        status = faulty.statuses.pop(0) if faulty.statuses else 200
        if status == RESET:
            # Closed with data that nobody waits for: the other side sees a reset.
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.close_connection = True
            return
        if status == SLOW:
            faulty.over.wait()
            return
        body = b"" if self.command == "HEAD" else b'{"well": true}'
        self.send_response(status)
        for name, value in faulty.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def parts(self) -> Iterator[bytes]:
        if self.headers.get("Transfer-Encoding") != "chunked":
            yield self.rfile.read(int(self.headers.get("Content-Length", 0)))
            return
        while size := int(self.rfile.readline(), 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815  its names

    def log_message(self, *_: object) -> None:
        """Say nothing."""
