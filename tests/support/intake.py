"""An intake with faults: a real HTTP server that keeps the rules of docs/architecture.md in memory.

It is what the shipper is tested against where the real server cannot be made to fail on demand.
"""

from __future__ import annotations

import gzip
import socket
import struct
import threading
from collections.abc import Callable
from copy import deepcopy
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from typing import Any, Self
from uuid import UUID, uuid4

from peninsula.core import codec
from peninsula.core.answers import Emitters, Offers, Poll
from peninsula.core.errors import PeninsulaError
from peninsula.core.events import Event
from peninsula.core.records import (
    Batch,
    BlobRecord,
    Command,
    EventRecord,
    GapRecord,
    LogRecord,
    Orders,
    Process,
    Receipt,
    Record,
    Refusal,
    UnknownRecord,
)

__all__ = ["Fault", "Intake"]

PATIENCE = 60.0


class Fault(Enum):
    """What may go wrong with one request."""

    ERROR = auto()
    """It is answered 500, and nothing is done."""
    BUSY = auto()
    """It is answered 429."""
    RESET = auto()
    """The connection is reset before anything is done."""
    LOST_ANSWER = auto()
    """It is done, and the connection is reset before the answer."""
    HANG = auto()
    """It is done and never answered, until the faults end."""
    DENIED = auto()
    """The key is refused."""
    GARBAGE = auto()
    """The answer is 200 and not a Peninsula server's."""


Faults = Callable[[str, int], Fault | None]
"""Given the path and how many requests came before, says what goes wrong."""


class Intake:
    """The log of one server, and its address."""

    def __init__(self, *, port: int = 0, delay: float = 0.0) -> None:
        """Listen on that port of loopback; answer each request after `delay` seconds."""
        self.log_id = uuid4()
        self.records: dict[UUID, dict[int, Record | UnknownRecord]] = {}
        self.committed: dict[UUID, int] = {}
        self.processes: dict[UUID, Process] = {}
        self.batches: list[Batch] = []
        self.polls: list[Poll] = []
        self.commands: list[Command] = []
        self.requests: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.faults: Faults = lambda _path, _count: None
        self.refuse: Callable[[Record | UnknownRecord], str | None] = lambda _record: None
        """Says why a record is refused by itself, in the receipt."""
        self.reject: Callable[[Batch], PeninsulaError | None] = lambda _batch: None
        """Says why a whole batch is refused."""
        self.delay = delay
        self._changed = threading.Condition()
        self._healthy = threading.Event()
        self._closing = False
        self._server = _Server(("127.0.0.1", port), self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """Its address, as PENINSULA_API_URL takes it."""
        return f"http://127.0.0.1:{self.port}"

    # --- what tests ask --------------------------------------------------------------------------

    def events(self, emitter: UUID | None = None) -> list[Event]:
        """Return the events, by emitter and number."""
        return [r.event for r in self.all_records(emitter) if isinstance(r, EventRecord)]

    def gaps(self) -> list[GapRecord]:
        """Return what was told to be dropped."""
        return [r for r in self.all_records() if isinstance(r, GapRecord)]

    def lines(self) -> list[str]:
        """Return the messages of all log lines."""
        logs = [r for r in self.all_records() if isinstance(r, LogRecord)]
        return [line.message for record in logs for line in record.lines]

    def blob(self, name: str) -> bytes:
        """Return a body put together from its chunks."""
        chunks = [r for r in self.all_records() if isinstance(r, BlobRecord) and r.sha256 == name]
        return b"".join(r.data for r in sorted(chunks, key=lambda r: r.offset))

    def all_records(self, emitter: UUID | None = None) -> list[Record | UnknownRecord]:
        """Return every record, by emitter and number."""
        with self._changed:
            owners = list(self.records) if emitter is None else [emitter]
            return [record for owner in owners for _, record in sorted(self.records[owner].items())]

    def wait_for(self, condition: Callable[[Intake], Any], timeout: float = PATIENCE) -> Any:
        """Return the first truthy answer of a condition over what came in."""
        with self._changed:
            answer = self._changed.wait_for(lambda: condition(self), timeout)
        assert answer, f"{len(self.requests)} requests came: {self.requests[-10:]}"
        return answer

    def command(self, command: Command) -> None:
        """Give a command to whoever asks next, until it is acknowledged."""
        with self._changed:
            self.commands.append(command)
            self._changed.notify_all()

    # --- what tests do to it ---------------------------------------------------------------------

    def fail(self, fault: Fault, paths: str = "/api/intake", times: int | None = None) -> None:
        """Let requests to that path fail, all or the next so many."""
        left = [times]

        def faults(path: str, _count: int) -> Fault | None:
            if path != paths or left[0] == 0:
                return None
            if left[0] is not None:
                left[0] -= 1
            return fault

        self._healthy.clear()
        self.faults = faults

    def recover(self) -> None:
        """Let nothing fail any more; what hangs is reset."""
        self.faults = lambda _path, _count: None
        self._healthy.set()

    def backup(self) -> dict[str, Any]:
        """Return a copy of the log."""
        with self._changed:
            return deepcopy({"records": self.records, "committed": self.committed})

    def restore(self, backup: dict[str, Any], *, log_id: UUID | None = None) -> None:
        """Go back to a copy, which has a name of its own unless one is given."""
        with self._changed:
            self.records = deepcopy(backup["records"])
            self.committed = deepcopy(backup["committed"])
            self.log_id = log_id or uuid4()

    def close(self) -> None:
        """Stop listening and break what is open. Safe twice."""
        self.recover()
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._server.shutdown()
        self._server.break_all()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- the rules -------------------------------------------------------------------------------

    def answer(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes] | None:
        """Do what a request asks; None is a reset instead of an answer."""
        with self._changed:
            fault = self.faults(path, len(self.requests))
            self.requests.append(path)
            self.headers.append(headers)
            self._changed.notify_all()
        if self.delay:
            self._healthy.wait(self.delay)
        match fault:
            case Fault.ERROR:
                return 500, b'{"code":"internal","message":"It broke.","details":{}}'
            case Fault.BUSY:
                return 429, b'{"code":"too-many","message":"Later.","details":{}}'
            case Fault.DENIED:
                return 401, b'{"code":"unauthenticated","message":"No such key.","details":{}}'
            case Fault.GARBAGE:
                return 200, b"<html>Welcome to the hotel</html>"
            case Fault.RESET:
                return None
        answer = self._done(path, body)
        if fault is Fault.HANG:
            self._healthy.wait(PATIENCE)
        return None if fault in {Fault.LOST_ANSWER, Fault.HANG} else answer

    def _done(self, path: str, body: bytes) -> tuple[int, bytes]:
        try:
            match path:
                case "/api/intake":
                    return 200, codec.encode(self._take(codec.decode(Batch, body)))
                case "/api/intake/offers":
                    return 200, codec.encode(self._offers(codec.decode(Emitters, body)))
                case "/api/control":
                    return 200, codec.encode(self._control(codec.decode(Poll, body)))
        except _GapError as gap:
            error = {"code": "gap", "message": "Gap.", "details": {"committed": gap.committed}}
            return 409, codec.encode(error)
        except PeninsulaError as problem:
            status = {"too-large": 413, "forbidden": 403}.get(problem.code, 422)
            error = {"code": problem.code, "message": problem.message, "details": {}}
            return status, codec.encode(error)
        return 404, b'{"code":"not-found","message":"No such call.","details":{}}'

    def _take(self, batch: Batch) -> Receipt:
        with self._changed:
            if (problem := self.reject(batch)) is not None:
                raise problem
            self.batches.append(batch)
            emitter = batch.process.emitter
            known = self.committed.get(emitter, 0)
            if batch.first > known + 1 and batch.lost_before < batch.first - 1:
                raise _GapError(known)
            taken = self.records.setdefault(emitter, {})
            self.processes[emitter] = batch.process
            refused = []
            for number, raw in enumerate(batch.records, batch.first):
                if number <= known:
                    continue
                try:
                    record = codec.decode_record(raw)
                    assert record.number == number, f"{record.number} stands at {number}"
                    reason = self.refuse(record)
                except PeninsulaError as problem:
                    reason = problem.message
                if reason is not None:
                    refused.append(Refusal(number=number, code="invalid", message=reason))
                    continue
                assert number not in taken, f"{number} of {emitter} came twice"
                taken[number] = record
            last = batch.first + len(batch.records) - 1
            self.committed[emitter] = max(known, last)
            self._changed.notify_all()
            return Receipt(
                log_id=self.log_id,
                committed=self.committed[emitter],
                stamp=max((r.stamp for r in taken.values()), default=0),
                refused=tuple(refused),
            )

    def _offers(self, asked: Emitters) -> Offers:
        with self._changed:
            committed = {e: self.committed.get(e, 0) for e in asked.emitters}
            return Offers(log_id=self.log_id, committed=committed)

    def _control(self, poll: Poll) -> Orders:
        deadline = monotonic() + poll.wait
        with self._changed:
            self.polls.append(poll)
            self.commands = [c for c in self.commands if c.id not in poll.acknowledged]
            self._changed.notify_all()
            while not self.commands and not self._closing:
                if not self._changed.wait(deadline - monotonic()):
                    break
            return Orders(stamp=0, commands=tuple(self.commands))


class _GapError(Exception):
    def __init__(self, committed: int) -> None:
        super().__init__(committed)
        self.committed = committed


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], intake: Intake) -> None:
        self.intake = intake
        self._open: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def break_all(self) -> None:
        for request in tuple(self._open):
            _reset(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of connections that broke: they were meant to."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        answer = self.server.intake.answer(self.path, body, dict(self.headers))
        if answer is None:
            _reset(self.connection)
            self.close_connection = True
            return
        status, content = answer
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


def _reset(connection: socket.socket) -> None:
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
