"""One run that a worker has: attended to its end, told of, and ended when someone says so."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any, Final

from peninsula.client.api import Api
from peninsula.core import codec
from peninsula.core.errors import NotFoundError, PeninsulaError, UnavailableError
from peninsula.core.records import Command
from peninsula.core.work import Crash, Job
from peninsula.journal import emitter
from peninsula.launching.launcher import Launched
from peninsula.launching.narrator import Narrator
from peninsula.launching.shift import Shift
from peninsula.workers.insistence import insist, is_away

__all__ = ["Assignment", "Attend"]

Attend = Callable[[Job, Narrator], Awaitable[Launched]]
"""Has a job run, or watches over one that runs, and says how it ended."""

GRACE: Final = 30.0
"""Seconds that a run has to end by itself when it is cancelled, before its process is ended."""

SETTLING: Final = 2.0
"""Seconds until what a process that ended well has told may be on the server."""

_log = logging.getLogger("peninsula.worker")


class Assignment:
    """A job that a worker has claimed or taken back."""

    def __init__(
        self,
        job: Job,
        narrator: Narrator,
        api: Api,
        stop: Callable[[Job], Awaitable[None]],
        shift: Shift,
    ) -> None:
        """Nothing happens before it is begun; `stop` ends what runs the job."""
        self.job = job
        self._narrator = narrator
        self._api = api
        self._stop = stop
        self._shift = shift
        self._loop = asyncio.get_running_loop()
        self._stopping: asyncio.Task[None] | None = None
        self._over = False

    def begin(self, attend: Attend, ended: Callable[[], None]) -> None:
        """Have it attended from now on; `ended` is called when all is told of it."""
        # The loop alone does not keep a task alive.
        self._task = asyncio.create_task(self._to_its_end(attend, ended))

    async def let_go(self) -> None:
        """Obey nothing any more, as the worker leaves: the next one of its name is told again."""
        self._over = True
        if (stopping := self._stopping) is not None:
            stopping.cancel()
            await asyncio.wait({stopping})

    # --- its end ---------------------------------------------------------------------------------

    async def _to_its_end(self, attend: Attend, ended: Callable[[], None]) -> None:
        try:
            launched = await self._attended(attend)
            if launched.well and not await self._has_told():
                await asyncio.sleep(SETTLING)
            await self._say_ended(launched)
        except Exception:  # noqa: BLE001  one run's trouble is not to end the worker
            _log.exception("The end of flow run %s could not be told.", self.job.run)
        finally:
            self._over = True
            if self._stopping is not None:
                self._stopping.cancel()
            ended()

    async def _attended(self, attend: Attend) -> Launched:
        claimed = self.job.claimed
        try:
            return await attend(self.job, self._narrator)
        except PeninsulaError as problem:
            return Launched(problem.message, claimed)
        except Exception as problem:  # noqa: BLE001  a type of worker may fail in any way
            _log.exception("Flow run %s could not be started.", self.job.run)
            what = f"{type(problem).__name__}: {problem}"
            return Launched(f"The worker could not start it: {what}", claimed)

    async def _has_told(self) -> bool:
        """Tell whether the server knows how the run ended."""
        with suppress(PeninsulaError):
            return (await self._api.run(self.job.run)).state.terminal
        return False

    async def _say_ended(self, ended: Launched) -> None:
        """Say that the process is gone; a run that has told its end keeps that."""
        if ended.untold is not None:
            self._narrator.say(ended.untold, logging.WARNING)
        told = Crash(
            emitter=emitter.current().id,
            start=self.job.start,
            message=ended.message,
            follows=ended.follows,
            explains=ended.explains,
            unreached=ended.unreached,
        )

        def may_go_by(problem: Exception) -> bool:
            return is_away(problem) and self._shift.told <= 1

        say = partial(self._api.crash_flow_run, self.job.run, told)
        try:
            await insist(say, may_go_by, self._shift.pause)
        except UnavailableError as problem:
            # It is told to leave now; the run's process has told its own end, or the server finds
            # out that it is gone.
            _log.warning("The end of %s was not told. %s", self.job.name, problem.message)
        except NotFoundError:
            pass  # deleted

    # --- ended by someone ------------------------------------------------------------------------

    def hear(self, command: Command) -> None:
        """Obey a command for its run. From any thread."""
        with suppress(RuntimeError):  # the worker has ended
            self._loop.call_soon_threadsafe(self._obey, command)

    def _obey(self, command: Command) -> None:
        if self._over or command.action not in {"cancel", "stop"}:
            return
        before, self._stopping = self._stopping, None
        if before is not None:
            before.cancel()
        # "cancel" comes here where no process has begun the run, and nobody else can end it.
        grace = 0.0 if command.action == "cancel" or before is not None else self._grace
        self._stopping = asyncio.create_task(self._stop_after(grace))

    async def _stop_after(self, grace: float) -> None:
        say = self._narrator.say
        if grace:
            say(f"The run is to be cancelled. It has {grace:g} s to end by itself.")
            await asyncio.sleep(grace)
            say("It did not end by itself: its process is ended.", logging.WARNING)
        else:
            say("The run is cancelled: its process is ended.")
        failures: list[Exception] = []

        def may_go_by(problem: Exception) -> bool:
            if not failures:
                self._say_goes_on(problem)
                failures.append(problem)
            return True

        await insist(partial(self._stop, self.job), may_go_by)

    def _say_goes_on(self, problem: Exception) -> None:
        if isinstance(problem, PeninsulaError):
            why = problem.message
        else:  # a type of worker may fail in any way
            _log.error("Flow run %s could not be stopped.", self.job.run, exc_info=problem)
            why = f"{type(problem).__name__}: {problem}"
        self._narrator.say(f"It cannot be ended now: {why} Trying on.", logging.WARNING)

    @property
    def _grace(self) -> float:
        configured = codec.decode(dict[str, Any], self.job.configuration).get("grace_seconds")
        return float(configured) if isinstance(configured, int | float) else GRACE
