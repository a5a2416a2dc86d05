"""Take slots of concurrency limits, which flows share wherever they run."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from threading import Event, Thread
from typing import Final
from uuid import UUID

from peninsula.core.concurrency import Taken
from peninsula.core.errors import NotFoundError, PeninsulaError, SlotTimeoutError
from peninsula.journal import emitter
from peninsula.sdk.asking import ask
from peninsula.sdk.logs import say
from peninsula.sdk.loops import run_here
from peninsula.sdk.runs import current_run

__all__ = ["aconcurrency", "arate_limit", "concurrency", "rate_limit"]

RENEWED: Final = 3
"""How often a lease is renewed in the time that it holds."""

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
            once, or of none.
        occupy: Slots of each.
        timeout_seconds: Longest to wait for them.
        strict: Whether a name that no limit has is an error; else it limits nothing.

    Raises:
        SlotTimeoutError: They were not free in time.
        NotFoundError: `strict`, and there is no such limit.
        InvalidError: There are never so many slots, or a name is none.
        UnavailableError: No server answered within the setting `wait_timeout`.
    """
    taken = run_here(_taken(names, occupy, timeout_seconds, rate=False, strict=strict))
    renewing = _Renewing(taken)
    try:
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
    taken = await _taken(names, occupy, timeout_seconds, rate=False, strict=strict)
    renewing = _Renewing(taken)
    try:
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
    run_here(_taken(names, occupy, timeout_seconds, rate=True, strict=strict))


async def arate_limit(
    names: str | Iterable[str],
    occupy: int = 1,
    timeout_seconds: float | None = None,
    strict: bool = False,  # noqa: FBT001, FBT002  as above
) -> None:
    """Use slots as `rate_limit` does."""
    await _taken(names, occupy, timeout_seconds, rate=True, strict=strict)


async def _taken(
    names: str | Iterable[str], occupy: int, seconds: float | None, *, rate: bool, strict: bool
) -> Taken:
    """Ask until the slots are taken."""
    listed = [names] if isinstance(names, str) else list(names)
    run = current_run()
    flow_run = None if run is None or run.flow_run is None else run.flow_run.id
    deadline = None if seconds is None else time.monotonic() + seconds
    waited = False
    while True:
        taken = await ask(
            lambda api: api.take_concurrency_slots(
                listed,
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
            say(_log, "Waiting for a slot of the concurrency limit %s.", taken.full)
        if deadline is not None and time.monotonic() + taken.retry_after > deadline:
            msg = (
                f"No slot of the concurrency limit {taken.full!r} was free within {seconds:g} s."
                " Raise it, or wait longer: timeout_seconds."
            )
            raise SlotTimeoutError(msg)
        await asyncio.sleep(taken.retry_after)


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
