"""Say what the runs are to do that someone asks of a deployment."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import Any, NamedTuple

from msgspec import Raw, structs

from peninsula.core import codec, ids
from peninsula.core.deployments import (
    MOST_BACKFILLED,
    Backfill,
    Deployment,
    Submission,
    WantedRun,
)
from peninsula.core.errors import InvalidError, NotFoundError
from peninsula.core.events import check_moment
from peninsula.core.parameters import secret_parameters, summarize_json
from peninsula.core.pull_steps import encode_steps
from peninsula.core.schedules import Rule, describe, times, zone_of
from peninsula.core.words import two_words
from peninsula.server.services import parameters
from peninsula.server.storage.moments import moment
from peninsula.server.storage.referee.moves import Now

__all__ = [
    "Pattern",
    "backfilled",
    "moments_of",
    "named_in",
    "otherwise",
    "pattern_of",
    "submission",
]


def submission(of: Deployment, wanted: WantedRun, now: Now) -> Submission:
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


def _takes_a_date(schema: dict[str, Any], parameter: str) -> bool:
    """Tell whether a parameter is a day, and not a moment."""
    declared = schema.get("properties", {}).get(parameter, {})
    formats = {each.get("format") for each in (declared, *declared.get("anyOf", ()))}
    return "date" in formats and "date-time" not in formats


# --- backfill ------------------------------------------------------------------------------------


class Pattern(NamedTuple):
    """Which moments a backfill is for, and what its runs get."""

    rule: Rule
    timezone: str
    anchor: datetime
    parameters: dict[str, Any]


def pattern_of(of: Deployment, wanted: Backfill) -> Pattern:
    """Return whose moments are meant. Raises InvalidError or NotFoundError."""
    if wanted.rule is not None:
        return Pattern(wanted.rule, wanted.timezone or "UTC", wanted.start, wanted.parameters)
    schedules_ = of.schedules
    if wanted.schedule is not None:
        schedules_ = tuple(each for each in of.schedules if each.id == wanted.schedule)
        if not schedules_:
            msg = f'Deployment "{of.full_name}" has no schedule {wanted.schedule}.'
            raise NotFoundError(msg)
    elif len(schedules_) > 1:
        schedules_ = tuple(each for each in of.schedules if each.active) or of.schedules
    if len(schedules_) != 1:
        has = f"{len(schedules_)} schedules" if schedules_ else "no schedule"
        msg = f'Deployment "{of.full_name}" has {has}: say whose moments are meant, or give a rule.'
        raise InvalidError(msg)
    schedule = schedules_[0]
    given = schedule.parameters | wanted.parameters
    return Pattern(schedule.rule, wanted.timezone or schedule.timezone, schedule.anchor, given)


def moments_of(pattern: Pattern, wanted: Backfill) -> list[datetime]:
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


def backfilled(
    of: Deployment, wanted: Backfill, pattern: Pattern, at: datetime, now: Now
) -> Submission:
    """Return what the run of one moment is asked to do: now, as if it were then."""
    here = at.astimezone(zone_of(pattern.timezone))
    then = {}
    if wanted.parameter is not None:
        day = _takes_a_date(of.parameter_schema, wanted.parameter)
        then[wanted.parameter] = (here.date() if day else here).isoformat()
    asked = WantedRun(parameters=pattern.parameters | then, tags=wanted.tags)
    return structs.replace(
        submission(of, asked, now), expected=at, key=f"{wanted.key} {at.isoformat()}"
    )


def named_in(wanted: Backfill) -> set[str]:
    """Return the parameters that a backfill itself says."""
    return {*wanted.parameters, *([wanted.parameter] if wanted.parameter is not None else [])}


def otherwise(of: Deployment, wanted: Backfill, others: Sequence[frozenset[str]]) -> str:
    """Return in words that runs of a backfill are there, with other parameters."""
    runs = "1 run was" if len(others) == 1 else f"{len(others)} runs were"
    names = ", ".join(sorted(set[str]().union(*others)))
    return (
        f'Of backfill "{wanted.key}" of deployment "{of.full_name}" {runs} made with another value'
        f" of {names}. Run these moments again under another key."
    )
