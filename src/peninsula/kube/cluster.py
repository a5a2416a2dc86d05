"""Speak with the API server of a cluster in coroutines: ask, list, watch, follow logs."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, Self

import msgspec

from peninsula.core.errors import ForbiddenError, NotFoundError, PeninsulaError, UnavailableError
from peninsula.kube.access import Access
from peninsula.kube.answers import login, refused
from peninsula.kube.resources import NAMESPACES, PODS, Resource

if TYPE_CHECKING:
    import httpx

__all__ = ["Cluster", "GoneError", "Listed", "Object", "WatchEvent"]

Object = Mapping[str, Any]
"""An object, as Kubernetes writes it."""

PAGE: Final = 500
"""Objects that one request asks for."""

WATCH: Final = 240
"""Seconds after which the server ends a watch, to be begun again where it ended."""

ANSWER: Final = 30.0
"""Seconds to wait for an answer."""

GONE: Final = 410
PATCH: Final = "application/merge-patch+json"


class GoneError(PeninsulaError):
    """The API server does not know any more what came after a version: list anew."""

    code = "gone"


class Listed(NamedTuple):
    """Objects as they were at one moment."""

    items: list[Object]
    version: str
    """To watch from."""


class WatchEvent(NamedTuple):
    """One change of an object."""

    type: Literal["ADDED", "MODIFIED", "DELETED", "BOOKMARK"]
    object: Object

    @property
    def version(self) -> str:
        """To go on from, after a break."""
        version: str = self.object["metadata"]["resourceVersion"]
        return version


class Cluster:
    """An API server. Every method raises errors of `core.errors`, with what the server said."""

    def __init__(self, access: Access) -> None:
        """Go there when first asked."""
        import httpx  # noqa: PLC0415  weight

        self.namespace = access.namespace
        self._id: str | None = None
        self._http = httpx.AsyncClient(
            base_url=access.server,
            auth=login(access),
            headers={"Accept": "application/json"},
            timeout=httpx.Timeout(ANSWER, pool=None),
            transport=httpx.AsyncHTTPTransport(
                verify=access.verify,
                limits=httpx.Limits(max_connections=None),
                socket_options=_ALIVE,
            ),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Let go of all connections. Safe twice."""
        await self._http.aclose()

    async def address(self) -> str:
        """Return which cluster it is, wherever it is reached: `kubernetes://<uid>`.

        It is the id of its first namespace. Who may not see that one gets the server's address.
        """
        if self._id is None:
            try:
                found = await self.ask("GET", NAMESPACES.url(None, "kube-system"))
            except (ForbiddenError, NotFoundError):
                self._id = f"kubernetes://{self._http.base_url.netloc.decode()}"
            else:
                self._id = f"kubernetes://{found['metadata']['uid']}"
        return self._id

    async def ask(
        self,
        method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"],
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
    ) -> Any:
        """Return what the server answers."""
        kind = PATCH if method == "PATCH" else "application/json"
        with _translated():
            answer = await self._http.request(
                method,
                path,
                params=query,
                content=None if body is None else msgspec.json.encode(body),
                headers={} if body is None else {"Content-Type": kind},
            )
            if answer.is_success:
                return msgspec.json.decode(answer.content)
        raise _error(answer.status_code, answer.content)

    async def list(
        self, resource: Resource, namespace: str | None, *, labels: str = "", fields: str = ""
    ) -> Listed:
        """Return all objects that the selectors choose, page by page."""
        query = _chosen(labels, fields) | {"limit": str(PAGE)}
        items: list[Object] = []
        while True:
            page = await self.ask("GET", resource.url(namespace), query=query)
            items += page["items"]
            following = page["metadata"].get("continue")
            if not following:
                return Listed(items, page["metadata"]["resourceVersion"])
            query["continue"] = following

    async def watch(
        self,
        resource: Resource,
        namespace: str | None,
        version: str,
        *,
        labels: str = "",
        fields: str = "",
    ) -> AsyncIterator[WatchEvent]:
        """Give what changes after a version, until the server ends it. Raises GoneError."""
        query = _chosen(labels, fields) | {
            "watch": "1",
            "resourceVersion": version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(WATCH),
        }
        async with self._stream(resource.url(namespace), query) as answer:
            async for line in answer.aiter_lines():
                told = msgspec.json.decode(line)
                if told["type"] == "ERROR":
                    raise _error(told["object"].get("code", 0), msgspec.json.encode(told["object"]))
                yield WatchEvent(told["type"], told["object"])

    async def log(
        self, namespace: str, pod: str, container: str, *, since: str | None = None
    ) -> AsyncIterator[str]:
        """Give the lines of a container as they come, each after its time, until it ends.

        `since` is a time of theirs: lines of that second and later ones.
        """
        query = {"container": container, "follow": "true", "timestamps": "true"}
        if since is not None:
            query["sinceTime"] = since
        async with self._stream(f"{PODS.url(namespace, pod)}/log", query) as answer:
            rest = ""
            async for text in answer.aiter_text():
                # Not aiter_lines, which parts lines also at a carriage return.
                *lines, rest = (rest + text).split("\n")
                for line in lines:
                    yield line
            if rest:
                yield rest

    @asynccontextmanager
    async def _stream(self, path: str, query: Mapping[str, str]) -> AsyncIterator[httpx.Response]:
        import httpx  # noqa: PLC0415  weight

        forever = httpx.Timeout(ANSWER, read=None, pool=None)
        with _translated():
            async with self._http.stream("GET", path, params=query, timeout=forever) as answer:
                if not answer.is_success:
                    raise _error(answer.status_code, await answer.aread())
                yield answer


_ALIVE: Final = (
    # A watch may be quiet for minutes: a server that is gone is known within half of one.
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
    *(
        (socket.IPPROTO_TCP, option, 10)
        for name in ("TCP_KEEPIDLE", "TCP_KEEPALIVE")  # of Linux, of macOS
        if (option := getattr(socket, name, None)) is not None
    ),
)


@contextmanager
def _translated() -> Iterator[None]:
    """Have a server that cannot be reached, or breaks off, in JSON too, be an UnavailableError."""
    import httpx  # noqa: PLC0415  weight

    try:
        yield
    except (httpx.TransportError, httpx.StreamError, msgspec.DecodeError) as problem:
        msg = f"The API server of Kubernetes does not answer: {problem!r}."
        raise UnavailableError(msg) from problem


def _chosen(labels: str, fields: str) -> dict[str, str]:
    given = {"labelSelector": labels, "fieldSelector": fields}
    return {name: text for name, text in given.items() if text}


def _error(status: int, body: bytes) -> PeninsulaError:
    error = refused(status, body)
    return GoneError(error.message) if status == GONE else error
