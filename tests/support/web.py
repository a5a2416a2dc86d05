"""A web server of the tests' own: it answers as its path says, and remembers what it was sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

__all__ = ["Web", "web_server"]


class Web:
    """The server, while it serves."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.headers: list[dict[str, str]] = []
        """Of each request, names in lower case."""


@contextmanager
def web_server() -> Iterator[Web]:
    """Answer 200, or what the last part of the path says: `/orders/503`; `/orders/0` hangs up.

    `/orders/short` hangs up in the midst of its answer, `/orders/stall` goes no further in it.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            web.headers.append({name.lower(): value for name, value in self.headers.items()})
            last = self.path.partition("?")[0].rpartition("/")[2]
            status = int(last) if last.isdigit() else 200
            if status == 0:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Length", "2" if last not in {"short", "stall"} else "9")
            self.end_headers()
            self.wfile.write(b"ok")
            self.close_connection = last == "short"
            if last == "stall":
                stalled.wait()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  as it is called
            """Say nothing."""

    stalled = Event()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        web = Web(f"http://127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield web
        finally:
            stalled.set()
            server.shutdown()
            thread.join()
