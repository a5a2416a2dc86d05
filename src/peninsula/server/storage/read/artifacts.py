"""Find artifacts: one by its id, or page by page those that are asked for, the newest first."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from msgspec import Raw
from sqlalchemy import ColumnElement, Connection, Select, exists, or_, select, tuple_

from peninsula.core import pages
from peninsula.core.answers import Page
from peninsula.core.artifacts import Artifact, ArtifactKind
from peninsula.core.errors import NotFoundError
from peninsula.server.storage import tables
from peninsula.server.storage.moments import moment
from peninsula.server.storage.read import interned, subtree

__all__ = ["artifact_body", "artifact_by_id", "find_artifacts"]

SCAN: Final = 50_000
"""Rows passed in search of a page; beyond, the answer is partial."""

LISTED: Final = 1_024
"""Bytes of a body in a list: a number, a link, a short text. A list has no longer ones."""

_artifacts = tables.artifacts.c
_runs = tables.runs.c


def find_artifacts(
    tx: Connection,
    *,
    keys: Sequence[str] = (),
    kinds: Sequence[ArtifactKind] = (),
    run: UUID | None = None,
    flows: Sequence[str] = (),
    latest: bool = False,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Artifact]:
    """Return a page of artifacts; `latest`: of each key the newest only, and those without key."""
    of = pages.digest("artifacts", keys, kinds, run, flows, latest)
    place = pages.read_cursor(cursor, of, (int, str)) if cursor is not None else None
    back = place is not None and place.back
    passed = _passed(tx, keys, run, place)
    checks = _checks(kinds, flows, latest=latest)
    some = passed.limit(SCAN if checks else limit + 1).subquery()
    rows = tx.execute(
        select(tables.artifacts)
        .where(_artifacts.id.in_(select(some.c.id)), *checks)
        .order_by(*_order(back=back))
        .limit(limit + 1)
    ).all()
    bound = _end(tx, passed) if checks and len(rows) <= limit else None
    page, following, preceding = pages.turn(rows, limit, place, of, _key, bound=bound)
    return Page(
        items=_answers(tx, page, LISTED),
        next=following,
        previous=preceding,
        partial=bound is not None,
    )


def _passed(
    tx: Connection, keys: Sequence[str], run: UUID | None, place: pages.Cursor | None
) -> Select[Any]:
    """Return a select of the artifacts beyond a place, in order, by what there is an index for."""
    statement = select(_artifacts.id, _artifacts.created)
    back = place is not None and place.back
    if place is not None:
        here, there = tuple_(_artifacts.created, _artifacts.id), _place(place)
        statement = statement.where(here > there if back else here < there)
    if keys:
        statement = statement.where(_artifacts.key.in_(keys))
    if run is not None:
        statement = statement.where(*_within(tx, run))
    return statement.order_by(*_order(back=back))


def _place(cursor: pages.Cursor) -> Any:
    created, text = cursor.key
    try:
        id_ = bytes.fromhex(str(text))
    except ValueError:
        id_ = b""
    return tuple_(created, id_)


def _key(row: Any) -> pages.Key:
    return (row.created, bytes(row.id).hex())


def _order(*, back: bool) -> list[ColumnElement[Any]]:
    columns = (_artifacts.created, _artifacts.id)
    return [column.asc() if back else column.desc() for column in columns]


def _within(tx: Connection, uuid: UUID) -> list[ColumnElement[bool]]:
    number = interned.run_number(tx, uuid) or 0
    root = subtree.root_of(tx, number)
    if root in {number, None}:
        return [_artifacts.root == number]
    return [_artifacts.root == root, _artifacts.run.in_(subtree.below(number))]


def _checks(
    kinds: Sequence[ArtifactKind], flows: Sequence[str], *, latest: bool
) -> list[ColumnElement[bool]]:
    checks: list[ColumnElement[bool]] = []
    if kinds:
        checks.append(_artifacts.kind.in_([kind.value for kind in kinds]))
    if flows:
        # Made in the flow run itself, in a task that it called, or anywhere below the top one.
        caller = tables.runs.alias("caller").c
        called = select(caller.parent).where(caller.id == _artifacts.run)
        parent = called.correlate(tables.artifacts).scalar_subquery()
        around = _runs.id.in_([_artifacts.run, _artifacts.root, parent])
        checks.append(exists().where(around, _runs.flow.in_(flows)))
    if latest:
        newer = tables.artifacts.alias("newer").c
        here, there = tuple_(_artifacts.created, _artifacts.id), tuple_(newer.created, newer.id)
        replaced = exists().where(newer.key == _artifacts.key, there > here)
        checks.append(or_(_artifacts.key.is_(None), ~replaced))
    return checks


def _end(tx: Connection, passed: Select[Any]) -> pages.Key | None:
    """Return where a search stops, None when it saw all there is."""
    row = tx.execute(passed.limit(1).offset(SCAN - 1)).first()
    return _key(row) if row is not None else None


def _answers(tx: Connection, rows: Sequence[Any], most: int) -> tuple[Artifact, ...]:
    """Return the artifacts, with bodies of at most so many bytes."""
    numbers = {number for row in rows for number in (row.run, row.root) if number is not None}
    runs = interned.labels_of(tx, runs=numbers).runs
    return tuple(
        Artifact(
            id=UUID(bytes=bytes(row.id)),
            key=row.key,
            kind=ArtifactKind(row.kind),
            description=row.description,
            body=Raw((row.body if row.body and row.size <= most else "null").encode()),
            size=row.size,
            run=runs.get(row.run),
            root=runs.get(row.root),
            created=moment(row.created),
            updated=moment(row.updated),
        )
        for row in rows
    )


# --- one of them ---------------------------------------------------------------------------------


def artifact_by_id(tx: Connection, id_: UUID) -> Artifact:
    """Return the artifact, with its body if that was told with it. Raises NotFoundError."""
    row = _row(tx, id_)
    return _answers(tx, [row], row.size)[0]


def _row(tx: Connection, id_: UUID) -> Any:
    row = tx.execute(select(tables.artifacts).where(_artifacts.id == id_.bytes)).first()
    if row is None:
        msg = f"No artifact {id_}. It was never told here, or was deleted with its run."
        raise NotFoundError(msg)
    return row


def artifact_body(tx: Connection, id_: UUID) -> bytes:
    """Return the body of an artifact as JSON. Raises NotFoundError, also when parts are missing."""
    row = _row(tx, id_)
    if row.body is not None:
        return bytes(row.body.encode())
    chunks = tables.blobs.c
    told = tx.execute(
        select(chunks.data).where(chunks.sha256 == row.sha256).order_by(chunks.start)
    ).scalars()
    body = b"".join(map(bytes, told))
    # Whoever may emit may tell chunks: what is not what was hashed is not shown.
    if sha256(body).hexdigest() != row.sha256:
        msg = (
            f"The body of artifact {id_} is not here, or not whole: its process could not keep it,"
            " or has not sent all of it yet."
        )
        raise NotFoundError(msg)
    return body
