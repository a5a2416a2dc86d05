"""Keep deployments in the name of whoever asks, and make the runs that are asked of them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import Any, Final, NamedTuple
from uuid import UUID

from msgspec import UNSET, Raw, structs

from peninsula.core import codec, ids, job_templates
from peninsula.core.deployments import (
    MOST_BACKFILLED,
    Backfill,
    Backfilled,
    ChangedSchedule,
    Deployment,
    NextRun,
    Submission,
    WantedDeployment,
    WantedRun,
    WantedSchedule,
)
from peninsula.core.errors import InvalidError, NotFoundError
from peninsula.core.events import check_moment, check_text
from peninsula.core.parameters import secret_parameters, summarize_json
from peninsula.core.pull_steps import encode_steps
from peninsula.core.runs import Run, RunKind
from peninsula.core.schedules import (
    Rule,
    Schedule,
    check_rule,
    describe,
    next_times,
    times,
    zone_of,
)
from peninsula.core.words import two_words
from peninsula.server.services import parameters
from peninsula.server.services.access import Caller
from peninsula.server.services.control import actor_of
from peninsula.server.services.intake import Stamps
from peninsula.server.storage.database import Database
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.moments import moment
from peninsula.server.storage.read import deployments as read
from peninsula.server.storage.read import run_rows
from peninsula.server.storage.referee import deployments, pools, schedules, submissions
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
        _check_parameters(wanted, wanted.parameters, whole=False)
        for each in wanted.schedules or ():
            await self._check_schedule(each.rule, each.timezone)
            if wanted.enforce_parameter_schema:
                _check_parameters(wanted, wanted.parameters | each.parameters, whole=True)
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
        await self._check_schedule(wanted.rule, wanted.timezone)
        await self._check_scheduled(id_, wanted.parameters)
        made = await self._database.write(
            schedules.add, self._dictionary, id_, wanted, actor_of(caller), self._now()
        )
        self._poke()
        return made

    async def change_schedule(self, id_: UUID, wanted: ChangedSchedule, caller: Caller) -> Schedule:
        """Change a schedule. Raises NotFoundError, InvalidError, or ConflictError."""
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
        if wanted.due is not None:
            check_moment("due", wanted.due)
        submission = _submission(of, wanted, now)
        if of.work_pool_id is not None:
            template = await self._database.read(pools.template_of, of.work_pool_id)
            given = codec.decode(dict[str, Any], submission.job_variables)
            job_templates.check_variables(template, given)
        run = await self._database.write(
            submissions.submit, self._dictionary, submission, now, actor_of(caller)
        )
        self._poke()
        return await self._database.read(run_rows.run_by_id, RunKind.FLOW_RUN, run)

    async def backfill(self, id_: UUID, wanted: Backfill, caller: Caller) -> Backfilled:
        """Make a run for each moment of a schedule in a span of time.

        A moment of which there is a run already, made by an earlier backfill, is not run again.
        Raises NotFoundError, or InvalidError.
        """
        of = await self.get(id_)
        pattern = _pattern(of, wanted)
        await self._check_schedule(pattern.rule, pattern.timezone)
        found = await asyncio.to_thread(_within, pattern, wanted)
        now = self._now()
        asked = [_backfilled(of, wanted, pattern, at, now) for at in found]
        runs: list[UUID] = []
        for first in range(0, len(asked), AT_ONCE):
            some = asked[first : first + AT_ONCE]
            runs += await self._database.write(
                submissions.submit_all, self._dictionary, some, now, actor_of(caller)
            )
        self._poke()
        return Backfilled(
            runs=tuple(runs),
            moments=tuple(found),
            known=sum(run != each.run for run, each in zip(runs, asked, strict=True)),
        )

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
        for at in next_times(each, now, n)
    ]
    return sorted(found, key=lambda run: run.at)[:n]


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
    if wanted.work_queue is not None and wanted.work_pool is None:
        msg = (
            f"The deployment names the work queue {wanted.work_queue!r} and no work pool."
            " Name the pool that has it."
        )
        raise InvalidError(msg)
    parameters.check_schema(wanted.parameter_schema)


def _check_parameters(wanted: WantedDeployment, given: dict[str, Any], *, whole: bool) -> None:
    if wanted.enforce_parameter_schema:
        parameters.check(wanted.parameter_schema, given, whole=whole)


# --- what is to run ------------------------------------------------------------------------------


def _submission(of: Deployment, wanted: WantedRun, now: Now) -> Submission:
    """Return what the run is asked to do. Raises InvalidError for what does not fit."""
    given = of.parameters | wanted.parameters
    if of.enforce_parameter_schema:
        parameters.check(of.parameter_schema, given, whole=True)
    run = ids.uuid7(now.at, os.urandom(8))
    due = wanted.due or moment(now.at)
    return Submission(
        run=run,
        flow=of.flow,
        name=wanted.name or two_words(run),
        due=due,
        deployment=of.id,
        deployment_name=of.name,
        pool=of.work_pool_id,
        queue=wanted.work_queue or of.work_queue,
        priority=wanted.priority,
        parameters=Raw(codec.encode(given)),
        summary=_summary(of, given if wanted.summary is None else wanted.summary),
        job_variables=Raw(codec.encode(of.job_variables | wanted.job_variables)),
        entrypoint=of.entrypoint,
        path=of.path,
        pull_steps=encode_steps(of.pull_steps),
        key=wanted.key,
        tags=tuple(dict.fromkeys((*of.tags, *wanted.tags))),
        version=of.version,
        parent=wanted.parent,
        upstream=wanted.upstream,
    )


def _summary(of: Deployment, given: dict[str, Any]) -> Raw:
    return summarize_json(given, secret_parameters(of.parameter_schema))


# --- backfill ------------------------------------------------------------------------------------


class _Pattern(NamedTuple):
    rule: Rule
    timezone: str
    anchor: datetime
    parameters: dict[str, Any]


def _pattern(of: Deployment, wanted: Backfill) -> _Pattern:
    """Return whose moments are meant. Raises InvalidError or NotFoundError."""
    if wanted.rule is not None:
        return _Pattern(wanted.rule, wanted.timezone or "UTC", wanted.start, wanted.parameters)
    schedules_ = of.schedules
    if wanted.schedule is not None:
        schedules_ = tuple(each for each in of.schedules if each.id == wanted.schedule)
        if not schedules_:
            msg = f'Deployment "{of.full_name}" has no schedule {wanted.schedule}.'
            raise NotFoundError(msg)
    if len(schedules_) != 1:
        has = f"{len(schedules_)} schedules" if schedules_ else "no schedule"
        msg = f'Deployment "{of.full_name}" has {has}: say whose moments are meant, or give a rule.'
        raise InvalidError(msg)
    schedule = schedules_[0]
    given = schedule.parameters | wanted.parameters
    return _Pattern(schedule.rule, wanted.timezone or schedule.timezone, schedule.anchor, given)


def _within(pattern: _Pattern, wanted: Backfill) -> list[datetime]:
    """Return the moments of the span. Raises InvalidError when they are none, or too many."""
    check_moment("start", wanted.start)
    check_moment("end", wanted.end)
    just_before = wanted.start - timedelta(microseconds=1)
    given = times(pattern.rule, pattern.timezone, pattern.anchor, just_before)
    found = list(islice(takewhile(lambda at: at < wanted.end, given), MOST_BACKFILLED + 1))
    span = f"from {wanted.start.isoformat(' ')} to {wanted.end.isoformat(' ')}"
    if not found:
        msg = f"{describe(pattern.rule)} gives no moment {span}."
        raise InvalidError(msg)
    if len(found) > MOST_BACKFILLED:
        msg = (
            f"{describe(pattern.rule)} gives more than {MOST_BACKFILLED} moments {span}."
            " Fill shorter spans, one after the other."
        )
        raise InvalidError(msg)
    return found


def _backfilled(
    of: Deployment, wanted: Backfill, pattern: _Pattern, at: datetime, now: Now
) -> Submission:
    """Return what the run of one moment is asked to do: now, as if it were then."""
    here = at.astimezone(zone_of(pattern.timezone)).isoformat()
    then = {wanted.parameter: here} if wanted.parameter is not None else {}
    asked = WantedRun(parameters=pattern.parameters | then, tags=wanted.tags)
    return structs.replace(
        _submission(of, asked, now), expected=at, key=f"{wanted.key} {at.isoformat()}"
    )
