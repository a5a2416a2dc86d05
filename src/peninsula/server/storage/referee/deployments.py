"""Keep deployments. Each change appends its event, and plans the runs of their schedules anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from msgspec import structs
from sqlalchemy import Connection, delete, insert, select, update

from peninsula.core import codec
from peninsula.core.deployments import Deployment, WantedDeployment
from peninsula.core.events import Related
from peninsula.core.pull_steps import shown
from peninsula.core.resources import own
from peninsula.server.storage import log, tables
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.read.deployments import BREAK, deployment_by_id, deployments_of
from peninsula.server.storage.referee import planned, pools, queues, schedules
from peninsula.server.storage.referee.entries import About, entry
from peninsula.server.storage.referee.moves import Now

__all__ = ["delete_deployment", "pause", "save"]

_deployments = tables.deployments.c
_schedules = tables.schedules.c
_submissions = tables.submissions.c


def save(
    tx: Connection, dictionary: Dictionary, wanted: WantedDeployment, actor: Related, now: Now
) -> Deployment:
    """Make a deployment, or change the one of that flow and name. Raises NotFoundError: no pool.

    Nothing is told of one that is as it was.
    """
    log.take_head(tx)
    before = deployments_of(tx, _deployments.flow == wanted.flow, _deployments.name == wanted.name)
    if before and wanted.pull_steps == shown(before[0].pull_steps):
        wanted = structs.replace(wanted, pull_steps=before[0].pull_steps)  # as it was read
    values = _values(tx, wanted, now)
    if before:
        id_, changed = before[0].id, _changed(tx, before[0].id, values)
    else:
        id_, changed = uuid4(), list(values)
        values |= {"id": id_.bytes, "paused": bool(wanted.paused), "created": now.at}
    if not before:
        tx.execute(insert(tables.deployments).values(**values, updated=now.at))
    if wanted.schedules is not None and schedules.replace(
        tx, dictionary, id_, wanted.schedules, now
    ):
        changed.append("schedules")
    if changed and before:
        where = _deployments.id == id_.bytes
        tx.execute(update(tables.deployments).where(where).values(**values, updated=now.at))
    found = deployment_by_id(tx, id_)
    if changed:
        _tell(tx, dictionary, "updated" if before else "created", found, actor, now, changed)
        schedules.plan_anew(tx, dictionary, found, now)
    return deployment_by_id(tx, id_)


def _values(tx: Connection, wanted: WantedDeployment, now: Now) -> dict[str, Any]:
    values = structs.asdict(wanted)
    del values["schedules"]
    for name in ("pull_steps", "parameters", "parameter_schema", "job_variables"):
        values[name] = codec.encode(values[name]).decode()
    values["tags"] = BREAK + "".join(f"{tag}{BREAK}" for tag in sorted(set(wanted.tags)))
    values["work_pool"] = _pool(tx, wanted, now)
    if wanted.paused is None:
        del values["paused"]
    return values


def _pool(tx: Connection, wanted: WantedDeployment, now: Now) -> bytes | None:
    """Return the pool that is meant. Raises NotFoundError for it or its queue."""
    if wanted.work_pool is None:
        return None
    id_ = bytes(pools.row_of(tx, wanted.work_pool).id)
    if wanted.work_queue is not None:
        queues.queue_by_name(tx, wanted.work_pool, wanted.work_queue, now.at)
    return id_


def _changed(tx: Connection, id_: UUID, values: Mapping[str, Any]) -> list[str]:
    row = tx.execute(select(tables.deployments).where(_deployments.id == id_.bytes)).one()
    return [name for name, value in values.items() if getattr(row, name) != value]


def pause(
    tx: Connection, dictionary: Dictionary, id_: UUID, actor: Related, now: Now, *, paused: bool
) -> Deployment:
    """Have the schedules of a deployment make runs, or not. Raises NotFoundError."""
    log.take_head(tx)
    found = deployment_by_id(tx, id_)
    if found.paused is paused:
        return found
    where = _deployments.id == id_.bytes
    tx.execute(update(tables.deployments).where(where).values(paused=paused, updated=now.at))
    found = deployment_by_id(tx, id_)
    _tell(tx, dictionary, "paused" if paused else "resumed", found, actor, now, ["paused"])
    schedules.plan_anew(tx, dictionary, found, now)
    return deployment_by_id(tx, id_)


def delete_deployment(
    tx: Connection, dictionary: Dictionary, id_: UUID, actor: Related, now: Now
) -> None:
    """Remove a deployment. Its runs that wait are cancelled; those that were made ahead are gone.

    Raises NotFoundError.
    """
    log.take_head(tx)
    found = deployment_by_id(tx, id_)
    planned.withdraw_next(tx, dictionary, found.schedules, now)
    left = planned.waiting(tx, _submissions.deployment == id_.bytes)
    planned.cancel(tx, dictionary, left, "Its deployment was deleted.", now)
    tx.execute(delete(tables.schedules).where(_schedules.deployment == id_.bytes))
    tx.execute(delete(tables.deployments).where(_deployments.id == id_.bytes))
    _tell(tx, dictionary, "deleted", found, actor, now, [])


def _tell(
    tx: Connection,
    dictionary: Dictionary,
    what: str,
    about: Deployment,
    actor: Related,
    now: Now,
    changed: list[str],
) -> None:
    """Append the event of a change."""
    related = [actor]
    if about.work_pool_id is not None:
        pool = own("work-pool", about.work_pool_id)
        related.append(Related(id=pool, role="work-pool", name=about.work_pool))
    payload = {
        "version": about.version,
        "entrypoint": about.entrypoint,
        "schedules": len(about.schedules),
        "changed": changed if what == "updated" else [],
    }
    told = entry(About("deployment", about.id, about.full_name), what, payload, now, related)
    log.append(tx, dictionary, log.take_head(tx), [told])
