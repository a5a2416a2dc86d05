"""Call an HTTP API as fast as a client can: one connection, kept open."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlencode, urlsplit

__all__ = ["CallError", "Caller"]


class CallError(Exception):
    """A server answered something else than asked for."""


class Caller:
    """A connection to one server."""

    def __init__(self, url: str, key: str | None = None, *, timeout: float = 60.0) -> None:
        """Connect at the first call; `key` is sent as a bearer token."""
        parts = urlsplit(url)
        assert parts.hostname is not None, url  # noqa: S101  the caller's to give
        self._connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    def get(self, path: str, **query: Any) -> Any:
        """Return the answer to a GET as JSON."""
        return json.loads(self.raw("GET", f"{path}?{urlencode(query, doseq=True)}"))

    def post(self, path: str, body: Any) -> Any:
        """Return the answer to a POST of JSON as JSON."""
        return json.loads(self.raw("POST", path, json.dumps(body).encode()) or b"null")

    def raw(
        self, method: str, path: str, body: bytes | None = None, encoding: str | None = None
    ) -> bytes:
        """Send a body as it is and return the answer's. Raises CallError for an error status."""
        headers = dict(self._headers)
        if body is not None:
            headers["Content-Type"] = "application/json"
        if encoding is not None:
            headers["Content-Encoding"] = encoding
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status >= http.client.BAD_REQUEST:
            msg = f"{method} {path}: {answer.status} {content[:500]!r}"
            raise CallError(msg)
        return content

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
