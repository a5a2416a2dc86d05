"""Post bytes to a server over one connection that is kept open.

The standard library's client: docs/decisions/0004-shipper-http.md says why. Proxies are the
environment's; certificates are checked against the machine's authorities.
"""

from __future__ import annotations

import os
import socket
from base64 import b64encode
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from peninsula.client.destination import Destination, is_loopback
from peninsula.core.addresses import parts_of
from peninsula.core.errors import UnavailableError

__all__ = ["Answer", "Transport"]

ANSWER_BYTES = 16 * 1024 * 1024
"""More of an answer than this is not read."""


class Answer(NamedTuple):
    """What a server said."""

    status: int
    body: bytes


class Transport:
    """One connection to one server, opened when first needed and again when it broke.

    It is one thread's; only `close` and `abandon` may come from elsewhere.
    """

    def __init__(self, destination: Destination, timeout: float) -> None:
        """Wait up to `timeout` seconds for a connection, and for an answer by default."""
        self._url = destination.url
        self._key = destination.key
        self._timeout = timeout
        self._connection: HTTPConnection | None = None
        self._base = urlsplit(destination.url).path
        self._headers: dict[str, str] = {}
        self._closed = False

    def post(
        self, path: str, body: bytes, *, gzipped: bool = False, timeout: float | None = None
    ) -> Answer:
        """Send JSON and return the answer, whatever its status.

        Raises UnavailableError when there is none.
        """
        headers = {"Content-Type": "application/json"}
        if gzipped:
            headers["Content-Encoding"] = "gzip"
        reused = self._connection is not None
        try:
            try:
                return self._exchange(path, body, headers, timeout)
            except (ConnectionError, HTTPException):
                # A server may close an idle connection at any moment. All that is sent here may
                # be sent twice, so a fresh connection is tried at once.
                if not reused or self._closed:
                    raise
                self.drop()
                return self._exchange(path, body, headers, timeout)
        except (OSError, HTTPException) as problem:
            self.drop()
            reason = str(problem) or type(problem).__name__
            error = UnavailableError(f"{self._url} does not answer: {reason}.")
            error.soon = isinstance(problem, ConnectionResetError | BrokenPipeError)
            raise error from problem

    def _exchange(
        self, path: str, body: bytes, headers: dict[str, str], timeout: float | None
    ) -> Answer:
        connection = self._connection or self._connect()
        if connection.sock is not None:
            connection.sock.settimeout(timeout or self._timeout)
        connection.request("POST", self._base + path, body, self._headers | headers)
        answer = connection.getresponse()
        content = answer.read(ANSWER_BYTES)
        if answer.will_close or not answer.isclosed():
            self.drop()
        return Answer(answer.status, content)

    def _connect(self) -> HTTPConnection:
        if self._closed:
            msg = "the connection was closed"
            raise ConnectionAbortedError(msg)
        to = urlsplit(self._url)
        proxy = _proxy(to)
        self._headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        self._base = to.path
        if proxy is None:
            connection = _open(to, to, self._timeout)
        elif to.scheme == "https":
            connection = _open(to, proxy, self._timeout)
            connection.set_tunnel(to.hostname or "", to.port or 443, _proxy_key(proxy))
        else:
            connection = _open(to, proxy, self._timeout)
            self._headers |= _proxy_key(proxy)
            self._base = self._url
        connection.connect()
        self._connection = connection
        return connection

    def drop(self) -> None:
        """Close the connection; the next post opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def close(self) -> None:
        """End it: whoever waits for an answer gets an UnavailableError. Safe twice."""
        self._closed = True
        connection = self._connection
        sock = None if connection is None else connection.sock
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def abandon(self) -> None:
        """Close a forked child's copy of the descriptor, without a word to the server."""
        connection, self._connection = self._connection, None
        sock = None if connection is None else connection.sock
        if sock is not None:
            with suppress(OSError):
                os.close(sock.detach())


def _open(to: SplitResult, via: SplitResult, timeout: float) -> HTTPConnection:
    kind = HTTPSConnection if to.scheme == "https" else HTTPConnection
    return kind(via.hostname or "", via.port, timeout=timeout)


def _proxy(to: SplitResult) -> SplitResult | None:
    """Return the proxy that the environment names for that address; none for loopback."""
    if is_loopback(to.geturl()):
        return None
    from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415  weight: 20 ms

    if proxy_bypass(to.netloc):
        return None
    proxies = getproxies()
    url = proxies.get(to.scheme) or proxies.get("all")
    if not url:
        return None
    proxy = parts_of(url if "://" in url else f"http://{url}")
    if proxy is None:
        msg = "the proxy of the environment is no address; quote signs in its password, %40 is an @"
        raise ConnectionAbortedError(msg)
    if proxy.scheme != "http":
        msg = f"the proxy {proxy.scheme}://{proxy.hostname} is not spoken; give one with http://"
        raise ConnectionAbortedError(msg)
    return proxy


def _proxy_key(proxy: SplitResult) -> dict[str, str]:
    if proxy.username is None:
        return {}
    word = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": f"Basic {b64encode(word.encode()).decode()}"}
