"""Answer every error as `{"code", "message", "details"}`, by one table of codes and statuses."""

from __future__ import annotations

import logging
from typing import Any, Final

from litestar import Request, Response
from litestar.exceptions import HTTPException

from peninsula.core import codec
from peninsula.core.answers import Error
from peninsula.core.errors import PeninsulaError

__all__ = ["STATUS", "answer_error", "status_of"]

STATUS: Final = {
    "invalid": 422,
    "unauthenticated": 401,
    "forbidden": 403,
    "not-found": 404,
    "method-not-allowed": 405,
    "conflict": 409,
    "gap": 409,
    "too-large": 413,
    "too-many": 429,
    "internal": 500,
    "unavailable": 503,
}
"""Which code is answered with which status."""

_CODE_OF: Final = {
    400: "invalid",
    404: "not-found",
    405: "method-not-allowed",
    413: "too-large",
}
"""What the framework raises by itself."""

_log = logging.getLogger("peninsula.server")


def status_of(code: str) -> int:
    """Return the status of an error's code; a code that is not for callers is a fault of ours."""
    return STATUS.get(code, 500)


def answer_error(request: Request[Any, Any, Any], problem: Exception) -> Response[bytes]:
    """Return the answer to whatever was raised."""
    error = _said(request, problem)
    status = status_of(error.code)
    return Response(
        codec.encode(error),
        status_code=status,
        media_type="application/json",
        headers={"Retry-After": "1"} if status in {429, 503} else None,
    )


def _said(request: Request[Any, Any, Any], problem: Exception) -> Error:
    match problem:
        case PeninsulaError() if problem.code in STATUS:
            # "gap" is a conflict with a code of its own, as emitters act on it by themselves.
            code = "gap" if problem.details.get("reason") == "gap" else problem.code
            return Error(code=code, message=problem.message, details=problem.details)
        case HTTPException() if problem.status_code in _CODE_OF:
            return Error(code=_CODE_OF[problem.status_code], message=_plain(request, problem))
        case _:
            _log.error("%s %s failed", request.method, _path(request), exc_info=problem)
            msg = "The server failed to answer. Its log has the reason."
            return Error(code="internal", message=msg)


def _plain(request: Request[Any, Any, Any], problem: HTTPException) -> str:
    path = _path(request)[:200]
    match problem.status_code:
        case 404:
            return f"There is no {path}. /api/openapi.json lists what there is."
        case 405:
            return f"{path} does not take {request.method}. /api/openapi.json lists what it takes."
        case _:
            return problem.detail or "The request cannot be read."


def _path(request: Request[Any, Any, Any]) -> str:
    # Not `request.url`: that reads the Host header, which may be no host at all.
    path: str = request.scope["path"]
    return path
