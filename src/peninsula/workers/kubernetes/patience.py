"""Go on asking a server that is away, or has too much to do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from peninsula.core.errors import UnavailableError
from peninsula.journal.backoff import pause_after

__all__ = ["answered", "insist"]

T = TypeVar("T")

LONGEST: Final = 7
"""Failures after which the pause grows no more: 6.4 s."""

_TOO_MANY: Final = 429
_ITS_FAULT: Final = 500


async def insist(
    attempt: Callable[[], Awaitable[T]], seconds: float, say: Callable[[str], None]
) -> T:
    """Make an attempt until it is answered, for so many seconds after the first failure.

    Only what may go by is waited for: no answer, 429, and 5xx. `say` is told of it.
    """
    loop = asyncio.get_running_loop()
    failures, since = 0, 0.0
    while True:
        try:
            answer = await attempt()
        except UnavailableError as problem:
            if not _may_go_by(problem):
                raise
            since = since or loop.time()
            if loop.time() - since >= seconds:
                msg = f"{problem.message} It was tried for {seconds:g} s."
                raise UnavailableError(msg) from problem
            if not failures:
                say(f"{problem.message} It is tried again for {seconds:g} s.")
            failures += 1
            await asyncio.sleep(pause_after(min(failures, LONGEST)))
        else:
            if failures:
                say("The API server of Kubernetes answers.")
            return answer


async def answered(ask: Callable[[], Awaitable[T]]) -> T:
    """Return what a server answers, however long it is away."""
    failures = 0
    while True:
        try:
            return await ask()
        except UnavailableError:
            failures += 1
            await asyncio.sleep(pause_after(failures))


def _may_go_by(problem: UnavailableError) -> bool:
    status = problem.details.get("status")
    return status is None or status == _TOO_MANY or status >= _ITS_FAULT
