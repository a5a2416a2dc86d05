"""Take slots of concurrency limits, which flows share wherever they run."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from threading import Event, Thread
from typing import Any, Final
from uuid import UUID

from peninsula.core.concurrency import MOST_LIMITS, MOST_SLOTS, Taken
from peninsula.core.errors import InvalidError, NotFoundError, PeninsulaError, SlotTimeoutError
from peninsula.core.retries import check_seconds
from peninsula.journal import emitter
from peninsula.sdk.asking import ask
from peninsula.sdk.loops import run_here
from peninsula.sdk.runs import current_run
from peninsula.sdk.telling.logs import say

__all__ = ["aconcurrency", "arate_limit", "concurrency", "rate_limit"]

RENEWED: Final = 3
"""How often a lease is renewed in the time that it holds."""

NOTHING: Final = Taken(taken=True)
"""What is taken of no limits."""

_log = logging.getLogger("peninsula.concurrency")


@contextmanager
def concurrency(
    names: str | Iterable[str],
    occupy: int = 1,
    timeout_seconds: float | None = None,
    strict: bool = False,  # noqa: FBT001, FBT002  Prefect's name
) -> Iterator[None]:
    """Hold slots of concurrency limits while the block runs; wait until there are enough.

    They are free again at its end, and soon after the process is gone.

    Args:
        names: Of the limits: lower-case letters, digits, `-` and `_`. Slots of all are taken at
            once, or of none. Without names nothing is limited.
        occupy: Slots of each.
        timeout_seconds: Longest to wait for them.
        strict: Whether a name that no limit has is an error; else it limits nothing.

    Raises:
        SlotTimeoutError: They were not free in time.
        NotFoundError: `strict`, and there is no such limit.
        InvalidError: There are never so many slots, or an argument cannot be.
        UnavailableError: No server answered within the setting `wait_timeout`.
    """
    listed = _checked("concurrency", names, occupy, timeout_seconds)
    taken = run_here(_taken(listed, occupy, timeout_seconds, rate=False, strict=strict))
    renewing = _Renewing(taken)
    try:
        with _held(listed, occupy):
            yield
    finally:
        renewing.stop()
        run_here(_give_back(taken))


@asynccontextmanager
async def aconcurrency(
    names: str | Iterable[str],
    occupy: int = 1,
    timeout_seconds: float | None = None,
    strict: bool = False,  # noqa: FBT001, FBT002  as above
) -> AsyncIterator[None]:
    """Hold slots as `concurrency` does, in an `async with`."""
    listed = _checked("concurrency", names, occupy, timeout_seconds)
    taken = await _taken(listed, occupy, timeout_seconds, rate=False, strict=strict)
    renewing = _Renewing(taken)
    try:
        with _held(listed, occupy):
            yield
    finally:
        renewing.stop()
        await _give_back(taken)


def rate_limit(
    names: str | Iterable[str],
    occupy: int = 1,
    timeout_seconds: float | None = None,
    strict: bool = False,  # noqa: FBT001, FBT002  as above
) -> None:
    """Use slots of concurrency limits with a decay, as soon as there are enough.

    They become free by the decay: a limit of 10 with a decay of 2 lets 10 through at once, and 2 a
    second from then on. Raises what `concurrency` raises, and InvalidError without a decay.
    """
    listed = _checked("rate_limit", names, occupy, timeout_seconds)
    run_here(_taken(listed, occupy, timeout_seconds, rate=True, strict=strict))


async def arate_limit(
    names: str | Iterable[str],
    occupy: int = 1,
    timeout_seconds: float | None = None,
    strict: bool = False,  # noqa: FBT001, FBT002  as above
) -> None:
    """Use slots as `rate_limit` does."""
    listed = _checked("rate_limit", names, occupy, timeout_seconds)
    await _taken(listed, occupy, timeout_seconds, rate=True, strict=strict)


def _checked(call: str, names: Any, occupy: Any, seconds: Any) -> list[str]:
    """Return the names as a list. Raises InvalidError naming the argument that cannot be."""
    listed = [names] if isinstance(names, str) else names
    if isinstance(listed, Iterable):
        listed = list(listed)
    if not _are_names(listed):
        msg = (
            f"{call}() was given names={names!r}."
            f" Give the name of a concurrency limit, or a list of at most {MOST_LIMITS}."
        )
        raise InvalidError(msg)
    if isinstance(occupy, bool) or not isinstance(occupy, int) or not 1 <= occupy <= MOST_SLOTS:
        msg = (
            f"{call}() was given occupy={occupy!r}."
            f" Give a whole number of slots, from 1 to {MOST_SLOTS}."
        )
        raise InvalidError(msg)
    if seconds is not None:
        check_seconds(f"call of {call}()", "timeout_seconds", seconds)
    return list(listed)


def _are_names(listed: Any) -> bool:
    return (
        isinstance(listed, list)
        and len(listed) <= MOST_LIMITS
        and all(isinstance(name, str) for name in listed)
    )


_HELD: ContextVar[Counter[str]] = ContextVar("peninsula_slots", default=Counter())  # noqa: B039  never changed
"""Slots of each limit that the blocks around hold."""


@contextmanager
def _held(names: list[str], occupy: int) -> Iterator[None]:
    before = _HELD.get()
    _HELD.set(before + Counter(dict.fromkeys(names, occupy)))
    try:
        yield
    finally:
        _HELD.set(before)


async def _taken(
    names: list[str], occupy: int, seconds: float | None, *, rate: bool, strict: bool
) -> Taken:
    """Ask until the slots are taken."""
    if not names:
        return NOTHING
    run = current_run()
    flow_run = None if run is None or run.flow_run is None else run.flow_run.id
    deadline = None if seconds is None else time.monotonic() + seconds
    waited = False
    while True:
        taken = await ask(
            lambda api: api.take_concurrency_slots(
                names,
                slots=occupy,
                rate=rate,
                strict=strict,
                emitter=emitter.current().id,
                run=flow_run,
            )
        )
        if taken.taken:
            if taken.missing:
                say(_log, "No concurrency limit %s: it limits nothing.", ", ".join(taken.missing))
            return taken
        if not waited:
            waited = True
            own = _of_our_own(taken.full)
            say(_log, "Waiting for a slot of the concurrency limit %s.%s", taken.full, own)
        if deadline is not None and time.monotonic() + taken.retry_after > deadline:
            msg = (
                f"No slot of the concurrency limit {taken.full!r} was free within {seconds:g} s."
                f"{_of_our_own(taken.full) or ' Raise it, or wait longer: timeout_seconds.'}"
            )
            raise SlotTimeoutError(msg)
        await asyncio.sleep(taken.retry_after)


def _of_our_own(limit: str | None) -> str:
    """Say that we may be waiting for ourselves, where that can be."""
    held = _HELD.get()[limit or ""]
    if not held:
        return ""
    return f" The block around this one holds {held} of it: take them once, there, or raise it."


async def _give_back(taken: Taken) -> None:
    lease = taken.lease
    if lease is None:
        return
    try:
        await ask(lambda api: api.give_back_concurrency_slots(lease))
    except NotFoundError:
        say(_log, "The slots were lost before they were given back: nobody renewed them.")
    except PeninsulaError as problem:
        # They are free by themselves soon, and what the block did is done.
        say(_log, "The slots cannot be given back; they are free soon. %s", problem.message)


class _Renewing:
    """Renews a lease from a thread of its own, as the block may never come to it."""

    def __init__(self, taken: Taken) -> None:
        self._over = Event()
        if taken.lease is not None:
            Thread(
                target=self._renew,
                args=(taken.lease, taken.seconds / RENEWED),
                name="peninsula-slots",
                daemon=True,
            ).start()

    def _renew(self, lease: UUID, pause: float) -> None:
        while not self._over.wait(pause):
            try:
                run_here(ask(lambda api: api.renew_concurrency_slots(lease)))
            except NotFoundError:
                return  # said when they are given back
            except PeninsulaError as problem:
                _log.warning("The slots cannot be renewed: %s", problem.message)

    def stop(self) -> None:
        """Renew no more."""
        self._over.set()
