"""Send one request to the API, and get the struct it answers or the error it tells of."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import Final, TypeVar

import httpx

from peninsula.client.destination import Destination
from peninsula.client.queries import Parameters
from peninsula.client.stream import messages
from peninsula.core import answers, codec, errors
from peninsula.core.errors import InvalidError, PeninsulaError, UnavailableError

__all__ = ["CONNECT_SECONDS", "TIMEOUT", "Exchange"]

T = TypeVar("T")

CONNECT_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 60.0
TIMEOUT: Final = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
"""A stream, too, says something more often than this, be it a comment."""


class Exchange:
    """Requests to one server, or to the in-process app over the local database."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        server: Destination | None,
        find: Callable[[], Destination | None] = lambda: None,
    ) -> None:
        """Ask that server; `find` says where one of this home is, which may move."""
        self._http = http
        self._find = find
        self.server = server
        """The server that answers; None where it is this process, over the local database."""

    async def get(self, kind: type[T], path: str, asked: Parameters | None = None) -> T:
        """Ask for a struct."""
        return self._decode(kind, await self.send("GET", path, asked=asked))

    async def post(self, kind: type[T], path: str, body: object = None, *, slow: bool = False) -> T:
        """Send a struct and return the one that is answered; `slow` waits as long as it takes."""
        return self._decode(kind, await self.send("POST", path, body=body, slow=slow))

    async def send(
        self,
        method: str,
        path: str,
        *,
        asked: Parameters | None = None,
        body: object = None,
        slow: bool = False,
    ) -> bytes:
        """Send a request and return the bytes that are answered."""
        try:
            answer = await self._http.request(
                method,
                f"api/{path}",
                params=asked,
                content=None if body is None else codec.encode(body),
                headers={} if body is None else {"Content-Type": "application/json"},
                timeout=httpx.Timeout(None, connect=CONNECT_SECONDS) if slow else TIMEOUT,
            )
        except httpx.TransportError as problem:
            raise self._unreachable(problem) from problem
        if answer.is_success:
            return answer.content
        raise _error(answer, self._name)

    async def stream(
        self, kind: type[T], path: str, asked: Parameters
    ) -> AsyncGenerator[tuple[str | None, T | None], None]:
        """Give what the server says, with its id; None is a sign of life.

        Raises UnavailableError when it ends.
        """
        request = self._http.build_request("GET", f"api/{path}", params=asked)
        try:
            answer = await self._http.send(request, stream=True)
            try:
                if not answer.is_success:
                    await answer.aread()
                    raise _error(answer, self._name)
                async for message in messages(answer.aiter_lines()):
                    if message.kind == "error":
                        raise _told(message.data.encode(), answer.status_code)
                    said = self._decode(kind, message.data.encode()) if message.kind else None
                    yield message.id, said
            finally:
                await answer.aclose()
        except httpx.TransportError as problem:
            raise self._unreachable(problem) from problem
        msg = f"{self._name} ended the stream. Go on from the last position."
        raise UnavailableError(msg)

    @property
    def _name(self) -> str:
        return self.server.url if self.server else "The local database"

    def _unreachable(self, problem: httpx.TransportError) -> UnavailableError:
        reason, name = _reason(problem), self._name
        if self.server is None:
            return UnavailableError(f"The local database cannot be asked: {reason}.")
        if self.server.local:
            self._look_again()
            fix = 'It may be starting again: try once more, or see "peninsula server status".'
        else:
            fix = (
                'Start it there with "peninsula server start", or correct the setting api_url, '
                'which "peninsula config ls" shows.'
            )
        return UnavailableError(f"No server answers at {name}: {reason}. {fix}")

    def _look_again(self) -> None:
        """Have the next request go where the server of this home is now, by its key of now."""
        if (found := self._find()) is not None:
            self.server = found
            self._http.base_url = httpx.URL(found.url)
            if found.key:
                self._http.headers["Authorization"] = f"Bearer {found.key}"

    def _decode(self, kind: type[T], content: bytes) -> T:
        try:
            return codec.decode(kind, content)
        except InvalidError as problem:
            msg = (
                f"{self._name} answers what this version does not understand: {problem.message} "
                'Compare the versions: "peninsula server status".'
            )
            raise PeninsulaError(msg) from problem


def _reason(problem: httpx.TransportError) -> str:
    match problem:
        case httpx.ConnectTimeout():
            return f"no connection within {CONNECT_SECONDS:.0f} s"
        case httpx.TimeoutException():
            return f"no answer within {ANSWER_SECONDS:.0f} s"
        case httpx.ConnectError():
            return str(problem) or "no connection"
        case _:
            return f"the connection was lost ({str(problem) or type(problem).__name__})"


_BY_CODE: Final[dict[str, type[PeninsulaError]]] = {
    **{
        kind.code: kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, PeninsulaError)
    },
    "gap": errors.ConflictError,
    "method-not-allowed": errors.InvalidError,
    "too-many": errors.UnavailableError,
}
_BY_STATUS: Final[dict[int, type[PeninsulaError]]] = {
    429: errors.UnavailableError,
    502: errors.UnavailableError,
    503: errors.UnavailableError,
    504: errors.UnavailableError,
}
"""For what a proxy says, and a code of a later version."""


def _error(answer: httpx.Response, name: str) -> PeninsulaError:
    try:
        return _told(answer.content, answer.status_code)
    except InvalidError:
        kind = _BY_STATUS.get(answer.status_code, PeninsulaError)
        return kind(
            f"{name} answers {answer.status_code} {answer.reason_phrase}, but not as Peninsula "
            'does. Is it the right address? "peninsula config ls" shows api_url.'
        )


def _told(content: bytes, status: int) -> PeninsulaError:
    """Return the error that the server tells of. Raises InvalidError when it is none."""
    told = codec.decode(answers.Error, content)
    kind = _BY_CODE.get(told.code) or _BY_STATUS.get(status, PeninsulaError)
    return kind(told.message, **told.details)
