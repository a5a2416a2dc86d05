"""Log in to an API server of Kubernetes, and make errors of its refusals."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from peninsula.core.errors import PeninsulaError
from peninsula.core.refusals import refusal
from peninsula.kube.access import Access

if TYPE_CHECKING:
    import httpx

__all__ = ["login", "refused"]


def login(access: Access) -> Callable[[httpx.Request], httpx.Request]:
    """Return what says in each request who one is: a pod has another token from time to time."""

    def login(request: httpx.Request) -> httpx.Request:
        if token := access.bearer():
            request.headers["Authorization"] = f"Bearer {token}"
        elif access.basic is not None:
            pair = b64encode(":".join(access.basic).encode()).decode()
            request.headers["Authorization"] = f"Basic {pair}"
        return request

    return login


def refused(status: int, body: bytes) -> PeninsulaError:
    """Return the error of an answer that is none, with what the server said."""
    try:
        said = str(msgspec.json.decode(body)["message"])
    except (msgspec.DecodeError, KeyError, TypeError):
        said = body[:200].decode(errors="replace")
    return refusal("Kubernetes", status, said)
