"""Answer 304 to who has the answer already: by what it was made of, or by what it says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from hashlib import blake2b
from typing import Any, Final

from litestar import Response

from peninsula.core import codec
from peninsula.core.runs import RunKind
from peninsula.core.version import VERSION
from peninsula.server.api.request import ApiRequest
from peninsula.server.api.run_calls import noun
from peninsula.server.storage.read import run_events

__all__ = ["by_content", "by_events"]

KEEP: Final = "private, no-cache"
"""A browser may keep it, and asks each time whether it still holds."""


async def by_events(
    request: ApiRequest, kind: RunKind, read: Callable[[], Awaitable[Any]]
) -> Response[Any]:
    """Answer what is derived from the events of the run's tree: unread, if there are no new ones.

    The tag is of before the answer, so that it never promises what the answer does not have.
    """
    id_ = request.id(noun(kind))
    first, last = await request.services.database.read(run_events.version_of, kind, id_)
    tag = f'W/"{request.services.log_id}-{VERSION}-{first}-{last}"'
    if _has(request, tag):
        return _unchanged(tag)
    return _tagged(codec.encode(await read()), tag)


def by_content(request: ApiRequest, answer: Any) -> Response[Any]:
    """Answer what may change by other things than events: unsent, if it is the same."""
    content = codec.encode(answer)
    tag = f'W/"{blake2b(content, digest_size=16).hexdigest()}"'
    return _unchanged(tag) if _has(request, tag) else _tagged(content, tag)


def _has(request: ApiRequest, tag: str) -> bool:
    # Weak comparison, RFC 9110, section 13.1.2.
    known = request.headers.get("if-none-match", "").split(",")
    return any(one.strip().removeprefix("W/") == tag.removeprefix("W/") for one in known)


def _unchanged(tag: str) -> Response[Any]:
    return Response(None, status_code=304, headers={"ETag": tag, "Cache-Control": KEEP})


def _tagged(content: bytes, tag: str) -> Response[Any]:
    return Response(
        content, media_type="application/json", headers={"ETag": tag, "Cache-Control": KEEP}
    )
