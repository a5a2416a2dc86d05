"""Claims: which process has taken a background task run to run it."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

from msgspec import Meta, Struct

from peninsula.core.states import StateType

__all__ = ["MOST_CLAIMS", "MOST_TASKS", "Claim", "Claims", "Wanted", "details_of", "is_deferred"]

MOST_CLAIMS: Final = 1_000
MOST_TASKS: Final = 1_000
"""Names that one request may list."""

DEFERRED: Final = "deferred"
"""Key in the details of a state: the run waits for a task worker."""


class Wanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a task worker asks for."""

    emitter: UUID
    """Its process."""
    tasks: Annotated[tuple[str, ...], Meta(min_length=1, max_length=MOST_TASKS)]
    """Names of the tasks that it serves."""
    limit: Annotated[int, Meta(ge=1, le=MOST_CLAIMS)] = 1
    """The most runs it takes now."""
    seen: Annotated[int, Meta(ge=0, lt=1 << 62)] = 0
    """Stamp of the last answer that reached it: what it was given later is given again."""
    wait: Annotated[float, Meta(ge=0, le=60)] = 0.0
    """Seconds to wait for a run, if there is none."""


class Claim(Struct, frozen=True, kw_only=True):
    """One run that the asking process has now."""

    run: UUID
    task: str


class Claims(Struct, frozen=True, kw_only=True):
    """The answer to a request for runs."""

    stamp: int
    """What their process tells of them comes after this."""
    claims: tuple[Claim, ...] = ()


def details_of(parameters: str) -> dict[str, Any]:
    """Return the details of the state in which a run waits for a worker.

    `parameters` is where its worker finds them.
    """
    return {DEFERRED: True, "parameters": parameters}


def is_deferred(type_: StateType, details: dict[str, Any]) -> bool:
    """Tell whether a run in that state waits for a worker, or for the one that claimed it."""
    return type_ in {StateType.SCHEDULED, StateType.PENDING} and details.get(DEFERRED) is True
