"""Serve deployments: take their runs from the server, and run each in a process of its own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from peninsula.client.configuration import home_of
from peninsula.client.destination import destination
from peninsula.core.deployments import Deployment, ServeWanted
from peninsula.core.errors import InvalidError, NotFoundError, UnavailableError
from peninsula.core.work import MOST_JOBS, Crash, Job
from peninsula.journal import emitter
from peninsula.launching.launcher import Launcher
from peninsula.launching.leftovers import Leftovers, NotesFolder
from peninsula.launching.narrator import Narrator
from peninsula.launching.shift import Shift
from peninsula.launching.telling import tell_end
from peninsula.sdk.asking import ask
from peninsula.sdk.deployments.deployment import RunnerDeployment, is_started
from peninsula.sdk.loops import in_loop
from peninsula.sdk.settings import settings
from peninsula.sdk.telling import logs

if TYPE_CHECKING:
    from peninsula.sdk.definitions import Definition

__all__ = ["LIMIT", "aserve", "serve", "served_name"]

LIMIT: Final = 10
"""Runs at once, where nothing else is said."""

WAIT: Final = 30.0
"""Seconds that the server may hold a question for runs."""

LOOK: Final = 1.0
"""Seconds between looks for a server, where there is none."""

_NO_SERVER: Final = (
    "No server runs here, and without one there are no runs of deployments. Start it:"
    ' "peninsula server start".'
)

_log = logging.getLogger("peninsula.serving")


def serve(
    *args: RunnerDeployment,
    pause_on_shutdown: bool = True,
    print_starting_message: bool = True,
    limit: int | None = None,
) -> None:
    """Make these deployments and run their runs, each in a process, until told to end.

    Ctrl-C or SIGTERM lets what runs end, and takes no more; the second one ends it, too.

    Args:
        args: What `flow.to_deployment` returns.
        pause_on_shutdown: Whether their schedules make no runs while nobody serves them.
        print_starting_message: Whether to say what is served.
        limit: The most runs at once; 10 by default.

    Raises:
        InvalidError: There is nothing to serve, or an event loop runs here: use `aserve`.
    """
    if in_loop():
        msg = "serve() goes on until it is told to end. In an event loop use: await aserve(…)."
        raise InvalidError(msg)
    asyncio.run(
        aserve(
            *args,
            pause_on_shutdown=pause_on_shutdown,
            print_starting_message=print_starting_message,
            limit=limit,
        )
    )


async def aserve(
    *args: RunnerDeployment,
    pause_on_shutdown: bool = True,
    print_starting_message: bool = True,
    limit: int | None = None,
) -> None:
    """Serve deployments as `serve` does, in an event loop."""
    if is_started():
        return  # its module is imported for one run; serving is for the program
    serving = _Serving(_checked(args), _checked_limit(limit))
    await serving.deploy()
    if print_starting_message:
        _say(serving.deployed)
    try:
        await serving.go_on()
    finally:
        if pause_on_shutdown:
            await serving.pause()


def served_name(flow: Definition, name: str | None) -> str:
    """Return how the deployment of a flow is called: like its file, where nothing is said."""
    return (name or Path(flow.code or flow.name).name).partition(":")[0].removesuffix(".py")


def _checked(deployments: Sequence[Any]) -> tuple[RunnerDeployment, ...]:
    if not deployments:
        msg = "serve() got no deployment. Give it some: serve(flow.to_deployment('nightly'))."
        raise InvalidError(msg)
    for each in deployments:
        if not isinstance(each, RunnerDeployment):
            msg = f"serve() got {each!r}. Give it what flow.to_deployment() returns."
            raise InvalidError(msg)
        if each.wanted.work_pool is not None:
            msg = (
                f'Deployment "{each.full_name}" is for the work pool {each.wanted.work_pool!r},'
                " whose workers run it. Deploy it: deploy(…)."
            )
            raise InvalidError(msg)
    return tuple(deployments)


def _checked_limit(limit: int | None) -> int:
    if limit is None:
        return LIMIT
    if isinstance(limit, bool) or not 1 <= limit <= MOST_JOBS:
        msg = f"serve() has limit={limit!r}. Give a number from 1 to {MOST_JOBS:,}."
        raise InvalidError(msg)
    return limit


def _say(deployed: Sequence[Deployment]) -> None:
    for each in deployed:
        times = [rule.next for rule in each.schedules if rule.next is not None]
        following = f", next at {min(times).astimezone():%Y-%m-%d %H:%M:%S %Z}" if times else ""
        _log.info("Serving %s%s.", each.full_name, following)
    _log.info('Have one run: "peninsula deployment run %s". Ctrl-C ends it.', deployed[0].full_name)


class _Serving:
    """A process that serves deployments."""

    def __init__(self, deployments: Sequence[RunnerDeployment], limit: int) -> None:
        self._deployments = deployments
        self._limit = limit
        self.deployed: list[Deployment] = []
        self._launcher: Launcher
        self._running: dict[UUID, tuple[Job, asyncio.Task[None]]] = {}
        """By the claims of the jobs."""
        self._shift = Shift(_log)
        self._seen = 0

    async def deploy(self) -> None:
        """Make them, or change those of their names; they are not paused from now on."""
        logs.install()
        for each in self._deployments:
            saved = await each.save()
            if saved.paused and each.wanted.paused is None:
                saved = await ask(lambda api, id_=saved.id: api.resume_deployment(id_))  # type: ignore[misc]
            self.deployed.append(saved)

    async def pause(self) -> None:
        """Have their schedules make no runs: nobody would take them."""
        for each in self.deployed:
            if each.schedules:
                with suppress(UnavailableError, NotFoundError):
                    await ask(lambda api, id_=each.id: api.pause_deployment(id_))  # type: ignore[misc]

    async def go_on(self) -> None:
        """Serve until told to end, then until what runs here has ended."""
        found = settings()
        served = home_of(found).served(found.api_url)
        folder, leftovers = NotesFolder.make(served), Leftovers(served, _tell_crash)
        self._launcher = Launcher(folder.path, streams=True)
        leftovers.take_over()
        try:
            with self._shift.signals_to(self._stop):
                await self._shift.take(self._claim, lambda: len(self._running) < self._limit)
                await self._shift.until(lambda: not self._running)
            folder.remove()
        finally:
            await leftovers.stop()

    def _stop(self, _number: int) -> None:
        self._shift.end()
        if self._shift.told > 1:
            jobs = (job for job, _ in self._running.values())
            self._ending = [asyncio.create_task(self._launcher.stop(job)) for job in jobs]
        elif self._running:
            _log.warning("It ends when its runs end. Told again, it ends them.")

    # --- claiming --------------------------------------------------------------------------------

    async def _claim(self) -> None:
        from peninsula.client.api import open_api  # noqa: PLC0415  weight: httpx

        found = settings()
        if destination(found, home_of(found)) is None:
            await asyncio.sleep(LOOK)
            msg = (
                'No server runs here, and without one there are no runs: "peninsula server start".'
            )
            raise UnavailableError(msg)
        async with open_api(found) as api:
            given = await api.claim_served_runs(
                ServeWanted(
                    emitter=emitter.current().id,
                    deployments=tuple(each.id for each in self.deployed),
                    limit=self._limit - len(self._running),
                    seen=self._seen,
                    wait=WAIT,
                )
            )
        emitter.current().observe(given.stamp)
        self._seen = given.stamp
        for job in given.jobs:
            if job.claimed not in self._running:
                self._running[job.claimed] = job, asyncio.create_task(self._run(job))

    async def _run(self, job: Job) -> None:
        try:
            launched = await self._launcher.run(job, Narrator(job))
            await tell_end(job, launched, _tell_crash)
        except Exception:  # noqa: BLE001  it is logged whole, and the others go on
            _log.exception("Run %s could not be run.", job.name)
        finally:
            del self._running[job.claimed]
            self._shift.notice()


async def _tell_crash(run: UUID, told: Crash) -> None:
    await ask(lambda api: api.crash_flow_run(run, told))
