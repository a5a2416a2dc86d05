"""Make errors of what servers refuse, by the status that they answer with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from peninsula.core.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    PeninsulaError,
    UnauthenticatedError,
    UnavailableError,
)

__all__ = ["refusal"]

_ERRORS: Final[Mapping[int, type[PeninsulaError]]] = {
    400: InvalidError,
    401: UnauthenticatedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    422: InvalidError,
}


def refusal(server: str, status: int, said: str) -> PeninsulaError:
    """Return the error of an answer; of a status that says little, UnavailableError."""
    error = _ERRORS.get(status, UnavailableError)
    return error(f"{server} answered {status}: {said}", status=status)
