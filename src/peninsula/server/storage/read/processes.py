"""Read where a run ran."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Connection, select

from peninsula.core import codec
from peninsula.core.answers import RunProcess
from peninsula.core.errors import NotFoundError
from peninsula.core.records import Process
from peninsula.core.runs import RunKind
from peninsula.server.storage import tables
from peninsula.server.storage.moments import moment
from peninsula.server.storage.read import trees

__all__ = ["read_process"]


def read_process(tx: Connection, kind: RunKind, id_: UUID) -> RunProcess:
    """Return the process that told of the run last. Raises NotFoundError."""
    number, _ = trees.run_and_root(tx, kind, id_)
    emitters = tables.emitters.c
    told = tx.execute(
        select(emitters.process)
        .join_from(tables.runs, tables.emitters, emitters.uuid == tables.runs.c.emitter)
        .where(tables.runs.c.id == number)
    ).scalar()
    if told is None:
        what = kind.value.replace("-", " ")
        msg = f"No process has told of {what} {id_}: it has not begun, or was posted."
        raise NotFoundError(msg)
    process = codec.decode(Process, told.encode())
    return RunProcess(
        host=process.host,
        user=process.user,
        pid=process.pid,
        started=moment(process.started),
        version=process.version,
        command=process.command or None,
    )
