"""Tell what a run lacks to be started, or started again, by those who serve its flow."""

from __future__ import annotations

from enum import Enum
from typing import Any

from sqlalchemy import Column, Connection, Table, select

from peninsula.server.storage import tables

__all__ = ["Lack", "lack_of"]

_submissions = tables.submissions.c


class Lack(Enum):
    """What is not there, without which nobody takes a run. All else is kept with it."""

    SUBMISSION = "submission"
    """A program began it: nobody was asked to."""
    POOL = "pool"
    """The pool that it was to run in."""
    DEPLOYMENT = "deployment"
    """Without a pool, the deployment that a program serves: one that is made anew is another."""


def lack_of(tx: Connection, run: bytes) -> Lack | None:
    """Return what a run lacks; None: a worker or program takes it, once there is one."""
    asked = select(_submissions.pool, _submissions.deployment).where(_submissions.run == run)
    row = tx.execute(asked).first()
    if row is None:
        return Lack.SUBMISSION
    if row.pool is not None:
        return None if _is_there(tx, tables.work_pools, row.pool) else Lack.POOL
    return None if _is_there(tx, tables.deployments, row.deployment) else Lack.DEPLOYMENT


def _is_there(tx: Connection, table: Table, id_: bytes | None) -> bool:
    column: Column[Any] = table.c.id
    return id_ is not None and tx.scalar(select(column).where(column == bytes(id_))) is not None
