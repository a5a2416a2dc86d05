"""Calls without a block: what observing them adds to a call of a client library."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from statistics import median
from threading import Thread
from typing import Final

from benchmarks.bench import Bench, script
from benchmarks.programs import run
from benchmarks.rows import OURS, Row

__all__ = ["measure"]

COUNT: Final = 2_000
FEWER: Final = 500
"""Where it is to be quick."""

LIBRARIES: Final = ("requests", "httpx", "botocore", "sqlalchemy")


def measure(bench: Bench) -> Iterator[Row]:
    """Yield the processor's time that observing takes of each call, by library."""
    count = FEWER if bench.quick else COUNT
    with _server() as url:
        for library in LIBRARIES:
            subjects = {
                observes: partial(_one, bench, library, url, count, observes)
                for observes in ("true", "false")
            }
            found = bench.in_turn(subjects)
            more = [with_ - without for with_, without in zip(*found.values(), strict=True)]
            alone = f"the call itself takes {median(found['false']):,.0f} µs"
            what = f"{library}: a call that is counted"
            yield bench.row(what, "µs more", {OURS: more}, notes={OURS: alone})


def _one(bench: Bench, library: str, url: str, count: int, observes: str) -> float:
    """Return microseconds of the client's process for one call."""
    env = bench.ours(bench.home(), PENINSULA_OBSERVE=observes)
    said = run(script("calls_of_library", library, url, str(count)), env).output
    line = next(line for line in said.splitlines() if line.startswith("SAID"))
    return float(json.loads(line.removeprefix("SAID ")))


@contextmanager
def _server() -> Iterator[str]:
    """Answer each GET with two bytes, as a web service or a bucket does."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
