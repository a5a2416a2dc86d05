"""Go on asking an API server of Kubernetes that is away, or has too much to do, for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from peninsula.core.errors import UnavailableError
from peninsula.workers.insistence import insist

__all__ = ["wait_for"]

T = TypeVar("T")

_TOO_MANY: Final = 429
_ITS_FAULT: Final = 500


async def wait_for(
    attempt: Callable[[], Awaitable[T]], seconds: float, say: Callable[[str], None]
) -> T:
    """Make an attempt until it is answered, for so many seconds after the first failure.

    Only what may go by is waited for: no answer, 429, and 5xx. `say` is told of it.
    """
    clock = asyncio.get_running_loop().time
    since: float | None = None

    def may_go_by(problem: Exception) -> bool:
        nonlocal since
        if not isinstance(problem, UnavailableError) or not _is_passing(problem):
            return False
        first = since is None
        since = clock() if since is None else since
        if clock() - since >= seconds:
            msg = f"{problem.message} It was tried for {seconds:g} s."
            raise UnavailableError(msg) from problem
        if first:
            say(f"{problem.message} It is tried again for {seconds:g} s.")
        return True

    answer = await insist(attempt, may_go_by)
    if since is not None:
        say("The API server of Kubernetes answers.")
    return answer


def _is_passing(problem: UnavailableError) -> bool:
    status = problem.details.get("status")
    return status is None or status == _TOO_MANY or status >= _ITS_FAULT
