"""Keep deployments in the name of whoever asks, and make the runs that are asked of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from itertools import islice
from typing import Any, Final
from uuid import UUID

from msgspec import UNSET

from peninsula.core import codec, pull_steps
from peninsula.core.data_places import Place
from peninsula.core.deployments import (
    Backfill,
    Backfilled,
    ChangedSchedule,
    Deployment,
    NextRun,
    WantedDeployment,
    WantedRun,
    WantedSchedule,
)
from peninsula.core.errors import ConflictError, InvalidError
from peninsula.core.events import check_moment, check_text
from peninsula.core.runs import Run, RunKind
from peninsula.core.schedules import (
    Rule,
    Schedule,
    check_rule,
    describe,
    next_times,
    times,
)
from peninsula.server.services import asked, job_variables, parameters
from peninsula.server.services.access import Caller
from peninsula.server.services.control import actor_of
from peninsula.server.services.intake import Stamps
from peninsula.server.storage.database import Database
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.moments import moment
from peninsula.server.storage.read import deployments as read
from peninsula.server.storage.read import run_rows
from peninsula.server.storage.referee import deployments, pools, queues, schedules, submissions
from peninsula.server.storage.referee.moves import Now

__all__ = ["Deployments"]

AT_ONCE: Final = 50
"""Runs of a backfill that are made in one unit: others wait for it. Asked again, it goes on."""


class Deployments:
    """The deployments of one database. The clock gives µs since 1970."""

    def __init__(
        self,
        database: Database,
        dictionary: Dictionary,
        stamps: Stamps,
        clock: Callable[[], int],
        poke: Callable[[], None],
    ) -> None:
        """Poke who schedules, and who waits for runs, when there may be more to come."""
        self._database = database
        self._dictionary = dictionary
        self._stamps = stamps
        self._clock = clock
        self._poke = poke

    # --- deployments -----------------------------------------------------------------------------

    async def save(self, wanted: WantedDeployment, caller: Caller) -> Deployment:
        """Make a deployment, or change it. Raises InvalidError, or NotFoundError: no such pool."""
        _check(wanted)
        _check_parameters(wanted, wanted.parameters, whole=False, place=("parameters",))
        for number, each in enumerate(wanted.schedules or ()):
            await self._check_schedule(each.rule, each.timezone)
            given = wanted.parameters | each.parameters
            place = ("schedules", number, "parameters")
            _check_parameters(wanted, given, whole=True, place=place)
        if wanted.work_pool is not None:
            type_, template = await self._database.read(pools.template_of, wanted.work_pool)
            job_variables.check(type_, template, wanted.job_variables)
        saved = await self._database.write(
            deployments.save, self._dictionary, wanted, actor_of(caller), self._now()
        )
        self._poke()
        return saved

    async def get(self, id_: UUID) -> Deployment:
        """Return one deployment. Raises NotFoundError."""
        return await self._database.read(read.deployment_by_id, id_)

    async def pause(self, id_: UUID, caller: Caller, *, paused: bool) -> Deployment:
        """Have its schedules make runs, or not. Raises NotFoundError."""
        changed = await self._database.write(
            deployments.pause,
            self._dictionary,
            id_,
            actor_of(caller),
            self._now(),
            paused=paused,
        )
        self._poke()
        return changed

    async def delete(self, id_: UUID, caller: Caller) -> None:
        """Remove a deployment. Raises NotFoundError."""
        await self._database.write(
            deployments.delete_deployment, self._dictionary, id_, actor_of(caller), self._now()
        )
        self._poke()

    # --- schedules -------------------------------------------------------------------------------

    async def add_schedule(self, id_: UUID, wanted: WantedSchedule, caller: Caller) -> Schedule:
        """Give a deployment one more schedule.

        Raises NotFoundError, InvalidError, or ConflictError: its slug is taken.
        """
        _check_slug(wanted.slug)
        await self._check_schedule(wanted.rule, wanted.timezone)
        await self._check_scheduled(id_, wanted.parameters)
        made = await self._database.write(
            schedules.add, self._dictionary, id_, wanted, actor_of(caller), self._now()
        )
        self._poke()
        return made

    async def change_schedule(self, id_: UUID, wanted: ChangedSchedule, caller: Caller) -> Schedule:
        """Change a schedule. Raises NotFoundError, InvalidError, or ConflictError."""
        _check_slug(wanted.slug)
        before = await self._database.read(schedules.schedule_by_id, id_)
        rule = before.rule if wanted.rule is UNSET else wanted.rule
        timezone = before.timezone if wanted.timezone is UNSET else wanted.timezone
        await self._check_schedule(rule, timezone)
        if wanted.parameters is not UNSET:
            await self._check_scheduled(before.deployment, wanted.parameters)
        changed = await self._database.write(
            schedules.change, self._dictionary, id_, wanted, actor_of(caller), self._now()
        )
        self._poke()
        return changed

    async def remove_schedule(self, id_: UUID, caller: Caller) -> None:
        """Take a schedule away. Raises NotFoundError."""
        await self._database.write(
            schedules.remove, self._dictionary, id_, actor_of(caller), self._now()
        )
        self._poke()

    async def next_runs(self, id_: UUID, n: int) -> list[NextRun]:
        """Return what its schedules will make, the first one first. Raises NotFoundError."""
        of = await self.get(id_)
        now = moment(self._clock())
        return await asyncio.to_thread(_next_runs, of, now, n)

    async def preview(self, rule: Rule, timezone: str, n: int) -> list[datetime]:
        """Return the next moments of a rule. Raises InvalidError."""
        await self._check_schedule(rule, timezone)
        now = moment(self._clock())
        return await asyncio.to_thread(_first, rule, timezone, now, n)

    async def _check_schedule(self, rule: Rule, timezone: str) -> None:
        # A rule may take long to say that it gives nothing.
        await asyncio.to_thread(check_rule, rule, timezone, moment(self._clock()))

    async def _check_scheduled(self, id_: UUID, given: dict[str, Any]) -> None:
        of = await self.get(id_)
        if of.enforce_parameter_schema:
            parameters.check(of.parameter_schema, of.parameters | given, whole=True)

    # --- runs ------------------------------------------------------------------------------------

    async def run(self, id_: UUID, wanted: WantedRun, caller: Caller) -> Run:
        """Make a run of a deployment; that which is there, for a key that was asked for before.

        Raises NotFoundError, or InvalidError for parameters that do not fit.
        """
        of = await self.get(id_)
        now = self._now()
        _check_run(wanted)
        if wanted.work_queue is not None:
            await self._check_queue(of, wanted.work_queue)
        submission = asked.submission(of, wanted, now)
        if of.work_pool is not None:
            type_, template = await self._database.read(pools.template_of, of.work_pool)
            given = codec.decode(dict[str, Any], submission.job_variables)
            job_variables.check(type_, template, given)
        run = await self._database.write(
            submissions.submit, self._dictionary, submission, now, actor_of(caller)
        )
        self._poke()
        return await self._database.read(run_rows.run_by_id, RunKind.FLOW_RUN, run)

    async def _check_queue(self, of: Deployment, queue: str) -> None:
        if of.work_pool is None:
            raise InvalidError(_NO_POOL.format(queue=queue))
        await self._database.read(queues.queue_by_name, of.work_pool, queue, self._clock())

    async def backfill(self, id_: UUID, wanted: Backfill, caller: Caller) -> Backfilled:
        """Make a run for each moment of a schedule in a span of time.

        A moment of which there is a run already, made by an earlier backfill, is not run again;
        one that was cancelled starts again, as it was asked for then.
        Raises NotFoundError, InvalidError, or ConflictError for other parameters than then.
        """
        of = await self.get(id_)
        check_text("key of the backfill", wanted.key)
        for tag in wanted.tags:
            check_text("tag", tag)
        pattern = asked.pattern_of(of, wanted)
        await self._check_schedule(pattern.rule, pattern.timezone)
        found = await asyncio.to_thread(asked.moments_of, pattern, wanted)
        now = self._now()
        submitted = [asked.backfilled(of, wanted, pattern, at, now) for at in found]
        others = await self._database.read(
            submissions.asked_otherwise, submitted, asked.named_in(wanted)
        )
        if others:
            raise ConflictError(asked.otherwise(of, wanted, others))
        runs: list[UUID] = []
        known = again = 0
        for first in range(0, len(submitted), AT_ONCE):
            some = submitted[first : first + AT_ONCE]
            filled = await self._database.write(
                submissions.fill, self._dictionary, some, now, actor_of(caller)
            )
            runs += filled.runs
            known += filled.known
            again += filled.again
        self._poke()
        return Backfilled(runs=tuple(runs), moments=tuple(found), known=known, again=again)

    def _now(self) -> Now:
        return Now(self._clock(), self._stamps.next())


def _next_runs(of: Deployment, now: datetime, n: int) -> list[NextRun]:
    found = [
        NextRun(
            at=at,
            schedule=each.id,
            rule=describe(each.rule),
            timezone=each.timezone,
            parameters=of.parameters | each.parameters,
        )
        for each in of.schedules
        if each.active and not of.paused
        for at in _next_of(each, now, n)
    ]
    return sorted(found, key=lambda run: run.at)[:n]


def _next_of(schedule: Schedule, now: datetime, n: int) -> list[datetime]:
    try:
        return next_times(schedule, now, n)
    except InvalidError:
        return []  # the scheduler has said it: its zone or rule cannot be read here


def _first(rule: Rule, timezone: str, now: datetime, n: int) -> list[datetime]:
    return list(islice(times(rule, timezone, now, now), n))


# --- checks --------------------------------------------------------------------------------------


def _check(wanted: WantedDeployment) -> None:
    named = {
        "flow": wanted.flow,
        "name": wanted.name,
        "version": wanted.version,
        "entrypoint": wanted.entrypoint,
        "path": wanted.path,
        "work queue": wanted.work_queue,
    }
    for what, text in named.items():
        if text is not None:
            check_text(f"{what} of the deployment", text)
    for tag in wanted.tags:
        check_text("tag", tag)
    if wanted.description is not None and "\x00" in wanted.description:
        raise InvalidError("The description has a character that no text can have. Remove it.")
    slugs = [each.slug for each in wanted.schedules or ()]
    for slug in slugs:
        _check_slug(slug)
        if slug is not None and slugs.count(slug) > 1:
            msg = f"Two schedules of the deployment have the slug {slug!r}. Give each its own."
            raise InvalidError(msg)
    if "/" in wanted.name:
        msg = (
            f"A deployment cannot be called {wanted.name!r}: a / stands between flow and name."
            f" Give it a name without one, like {wanted.name.replace('/', '-')!r}."
        )
        raise InvalidError(msg)
    if wanted.work_queue is not None and wanted.work_pool is None:
        raise InvalidError(_NO_POOL.format(queue=wanted.work_queue))
    pull_steps.check_steps(wanted.pull_steps)
    parameters.check_schema(wanted.parameter_schema)


_NO_POOL: Final = (
    "The deployment is in no work pool, and so in no work queue {queue!r}."
    " Name the pool that has it."
)


def _check_slug(slug: object) -> None:
    if isinstance(slug, str):
        check_text("slug of the schedule", slug)


def _check_run(wanted: WantedRun) -> None:
    named = {"name": wanted.name, "key": wanted.key, "work queue": wanted.work_queue}
    for what, text in named.items():
        if text is not None:
            check_text(f"{what} of the run", text)
    for tag in wanted.tags:
        check_text("tag", tag)
    for upstream in wanted.upstream:
        if upstream.parameter is not None:
            check_text("parameter of an edge", upstream.parameter)
    if wanted.due is not None:
        check_moment("due", wanted.due)


def _check_parameters(
    wanted: WantedDeployment, given: dict[str, Any], *, whole: bool, place: Place
) -> None:
    if wanted.enforce_parameter_schema:
        parameters.check(wanted.parameter_schema, given, whole=whole, place=place)
