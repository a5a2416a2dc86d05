"""Keep the schedules of deployments, and have the run of each one's next moment be there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID, uuid4

from msgspec import UNSET, structs
from sqlalchemy import Connection, delete, insert, select, update

from peninsula.core import codec
from peninsula.core.deployments import ChangedSchedule, Deployment, WantedSchedule
from peninsula.core.errors import ConflictError, NotFoundError
from peninsula.core.events import Related
from peninsula.core.resources import own
from peninsula.core.schedules import Cron, Interval, RRule, Rule, Schedule, describe
from peninsula.server.storage import log, tables
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.moments import moment
from peninsula.server.storage.read.deployments import deployment_by_id, schedule_of
from peninsula.server.storage.referee import planned
from peninsula.server.storage.referee.entries import About, entry
from peninsula.server.storage.referee.moves import Now

__all__ = ["add", "change", "plan_anew", "remove", "replace", "schedule_by_id"]

_schedules = tables.schedules.c


def add(
    tx: Connection,
    dictionary: Dictionary,
    deployment: UUID,
    wanted: WantedSchedule,
    actor: Related,
    now: Now,
) -> Schedule:
    """Give a deployment one more schedule. Raises NotFoundError, or ConflictError: the slug is."""
    log.take_head(tx)
    of = deployment_by_id(tx, deployment)
    _refuse_slug(of, wanted.slug, None)
    id_ = _insert(tx, deployment, wanted, now)
    return _planned(tx, dictionary, "created", of, id_, actor, now)


def change(
    tx: Connection,
    dictionary: Dictionary,
    id_: UUID,
    wanted: ChangedSchedule,
    actor: Related,
    now: Now,
) -> Schedule:
    """Change a schedule. Raises NotFoundError, or ConflictError: the slug is taken."""
    log.take_head(tx)
    before = schedule_by_id(tx, id_)
    of = deployment_by_id(tx, before.deployment)
    if wanted.slug is not UNSET:
        _refuse_slug(of, wanted.slug, id_)
    values = {name: value for name, value in structs.asdict(wanted).items() if value is not UNSET}
    where = _schedules.id == id_.bytes
    stored = _stored(values) | {"updated": now.at}
    tx.execute(update(tables.schedules).where(where).values(**stored))
    planned.withdraw_next(tx, dictionary, [before], now)
    return _planned(tx, dictionary, "updated", of, id_, actor, now)


def remove(tx: Connection, dictionary: Dictionary, id_: UUID, actor: Related, now: Now) -> None:
    """Take a schedule away, with the run that it made ahead. Raises NotFoundError."""
    log.take_head(tx)
    gone = schedule_by_id(tx, id_)
    of = deployment_by_id(tx, gone.deployment)
    planned.withdraw_next(tx, dictionary, [gone], now)
    tx.execute(delete(tables.schedules).where(_schedules.id == id_.bytes))
    _tell(tx, dictionary, "deleted", of, gone, actor, now)


def _planned(
    tx: Connection,
    dictionary: Dictionary,
    what: str,
    of: Deployment,
    id_: UUID,
    actor: Related,
    now: Now,
) -> Schedule:
    schedule = schedule_by_id(tx, id_)
    _tell(tx, dictionary, what, of, schedule, actor, now)
    planned.plan_next(tx, dictionary, of, schedule, moment(now.at), now)
    return schedule_by_id(tx, id_)


# --- with a deployment ---------------------------------------------------------------------------


def replace(
    tx: Connection,
    dictionary: Dictionary,
    deployment: UUID,
    wanted: Sequence[WantedSchedule],
    now: Now,
) -> bool:
    """Give a deployment these schedules and no others. Tell whether anything is otherwise.

    A schedule stays itself where its slug is the same, or else its rule and time zone.
    """
    before = deployment_by_id(tx, deployment).schedules
    left = {_known_by(each): each for each in before}
    changed = False
    for each in wanted:
        known = left.pop(_known_by(each), None)
        if known is None:
            _insert(tx, deployment, each, now)
        elif not _same(known, each):
            values = _stored(structs.asdict(each)) | {"updated": now.at}
            where = _schedules.id == known.id.bytes
            tx.execute(update(tables.schedules).where(where).values(**values))
        changed = changed or known is None or not _same(known, each)
    planned.withdraw_next(tx, dictionary, left.values(), now)
    gone = [each.id.bytes for each in left.values()]
    tx.execute(delete(tables.schedules).where(_schedules.id.in_(gone)))
    return changed or bool(gone)


def _known_by(schedule: Schedule | WantedSchedule) -> str:
    if schedule.slug is not None:
        return schedule.slug
    # No slug is JSON that begins so.
    return f"{codec.encode(schedule.rule).decode()} {schedule.timezone}"


def _same(known: Schedule, wanted: WantedSchedule) -> bool:
    there = structs.asdict(known)
    return all(value == there[name] for name, value in structs.asdict(wanted).items())


def plan_anew(tx: Connection, dictionary: Dictionary, of: Deployment, now: Now) -> None:
    """Make the runs that come next as the deployment is now, in the place of those made before."""
    planned.withdraw_next(tx, dictionary, of.schedules, now)
    for each in of.schedules:
        planned.plan_next(tx, dictionary, of, each, moment(now.at), now)


# --- rows ----------------------------------------------------------------------------------------


def schedule_by_id(tx: Connection, id_: UUID) -> Schedule:
    """Return one schedule. Raises NotFoundError."""
    row = tx.execute(select(tables.schedules).where(_schedules.id == id_.bytes)).first()
    if row is None:
        msg = f'No schedule {id_}. Those of a deployment: "peninsula deployment inspect FLOW/NAME".'
        raise NotFoundError(msg)
    return schedule_of(row)


def _insert(tx: Connection, deployment: UUID, wanted: WantedSchedule, now: Now) -> UUID:
    id_ = uuid4()
    times = {"anchor": now.at, "created": now.at, "updated": now.at}
    values = _stored(structs.asdict(wanted)) | times
    tx.execute(insert(tables.schedules).values(id=id_.bytes, deployment=deployment.bytes, **values))
    return id_


def _stored(values: dict[str, Any]) -> dict[str, Any]:
    stored = dict(values)
    rule: Rule | None = stored.pop("rule", None)
    if rule is not None:
        stored |= {"kind": _KINDS[type(rule)], "spec": codec.encode(rule).decode()}
    if "parameters" in stored:
        stored["parameters"] = codec.encode(stored["parameters"]).decode()
    return stored


_KINDS: Final = {Cron: "cron", Interval: "interval", RRule: "rrule"}


def _refuse_slug(of: Deployment, slug: str | None, besides: UUID | None) -> None:
    if slug is not None and any(each.slug == slug and each.id != besides for each in of.schedules):
        msg = f'Deployment "{of.full_name}" has a schedule {slug!r} already. Give another slug.'
        raise ConflictError(msg, slug=slug)


def _tell(
    tx: Connection,
    dictionary: Dictionary,
    what: str,
    of: Deployment,
    about: Schedule,
    actor: Related,
    now: Now,
) -> None:
    payload = {
        "rule": describe(about.rule),
        "timezone": about.timezone,
        "active": about.active,
        "catchup": about.catchup,
    }
    deployment = own("deployment", of.id)
    related = (actor, Related(id=deployment, role="deployment", name=of.full_name))
    told = entry(About("schedule", about.id, describe(about.rule)), what, payload, now, related)
    log.append(tx, dictionary, log.take_head(tx), [told])
