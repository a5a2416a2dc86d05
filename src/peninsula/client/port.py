"""The calls that emitters make, over HTTP: batches, offers, control."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import quote
from uuid import UUID

from peninsula.client.destination import Destination
from peninsula.core import codec
from peninsula.core.answers import Emitters, Error, Offers, Poll
from peninsula.core.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    PeninsulaError,
    TooLargeError,
    UnauthenticatedError,
    UnavailableError,
)
from peninsula.core.records import Orders, Receipt
from peninsula.core.work import Begin, Heartbeat, Job, Worker

if TYPE_CHECKING:
    from peninsula.client.transport import Answer, Transport

__all__ = ["Port"]

T = TypeVar("T")

COMPRESSED_ABOVE: Final = 1024
"""Bytes of a body that go uncompressed."""

_SOON: Final = frozenset({429, 502, 503, 504})

_ERRORS: Final[dict[int, type[PeninsulaError]]] = {
    401: UnauthenticatedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    413: TooLargeError,
    422: InvalidError,
}


class Port:
    """The server that `find` names now, as an emitter sees it.

    It is asked anew after each failure: a local server may be back at another port, a key may have
    been replaced. For one thread; only `close` and `abandon` may come from elsewhere.
    """

    def __init__(self, find: Callable[[], Destination | None], timeout: float) -> None:
        """Wait up to `timeout` seconds for an answer."""
        self._find = find
        self._timeout = timeout
        self._transport: Transport | None = None
        self._closed = False

    def take(self, batch: bytes) -> Receipt:
        """Hand over an encoded batch. Raises what the server says of it, or UnavailableError."""
        return self._call("/api/intake", batch, Receipt)

    def offers(self, emitters: Sequence[UUID]) -> Offers:
        """Ask what the log has of these emitters."""
        body = codec.encode(Emitters(emitters=tuple(emitters)))
        return self._call("/api/intake/offers", body, Offers)

    def control(self, poll: Poll) -> Orders:
        """Wait for commands, as long as the poll says."""
        return self._call("/api/control", codec.encode(poll), Orders, self._timeout + poll.wait)

    def begin(self, run: UUID, told: Begin) -> Job:
        """Begin a run that was claimed. Raises ConflictError or NotFoundError: it is not to be."""
        return self._call(f"/api/flow-runs/{run}/begin", codec.encode(told), Job)

    def beat(self, pool: str, told: Heartbeat) -> Worker:
        """Say that a worker is there. Raises NotFoundError or ConflictError."""
        path = f"/api/work-pools/{quote(pool, safe='')}/workers"
        return self._call(path, codec.encode(told), Worker)

    def close(self) -> None:
        """Let go: whoever waits for an answer gets an UnavailableError. Safe twice."""
        self._closed = True
        if (transport := self._transport) is not None:
            transport.close()

    def abandon(self) -> None:
        """Close a forked child's copy of the connection."""
        self._closed = True
        if (transport := self._transport) is not None:
            transport.abandon()

    def _call(self, path: str, body: bytes, kind: type[T], timeout: float | None = None) -> T:
        gzipped = len(body) > COMPRESSED_ABOVE
        try:
            transport = self._transport or self._open()
            answer = transport.post(
                path, _gzip(body) if gzipped else body, gzipped=gzipped, timeout=timeout
            )
            if answer.status != 200:  # noqa: PLR2004  the one success there is
                raise _error(answer)
            return _decode(kind, answer)
        except (UnavailableError, UnauthenticatedError):
            self.leave()
            raise

    def _open(self) -> Transport:
        from peninsula.client.transport import Transport  # noqa: PLC0415  weight: 45 ms

        found = None if self._closed else self._find()
        if found is None:
            msg = "No server serves this home now."
            raise UnavailableError(msg)
        self._transport = Transport(found, self._timeout)
        return self._transport

    def leave(self) -> None:
        """Close the connection; the next call finds the server anew. Safe twice."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.drop()


def _gzip(body: bytes) -> bytes:
    squeeze = zlib.compressobj(1, zlib.DEFLATED, 31)
    return squeeze.compress(body) + squeeze.flush()


def _decode(kind: type[T], answer: Answer) -> T:
    try:
        return codec.decode(kind, answer.body)
    except InvalidError as problem:
        msg = f"The answer is not a Peninsula server's. {problem}"
        raise UnavailableError(msg) from None


def _error(answer: Answer) -> PeninsulaError:
    try:
        said = codec.decode(Error, answer.body)
    except InvalidError:
        text = answer.body[:200].decode("utf-8", "replace")
        said = Error(code="", message=f"HTTP {answer.status}: {text}")
    kind = _ERRORS.get(answer.status, UnavailableError)
    if kind in {InvalidError, NotFoundError} and said.code != kind.code:
        kind = UnavailableError
    error = kind(said.message)
    error.details = said.details
    if isinstance(error, UnavailableError):
        error.soon = answer.status in _SOON
    return error
