"""Find the numbers of names, resources and runs, and what numbers stand for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Connection, Select, func, literal, or_, select

from peninsula.core.filters import is_prefix
from peninsula.core.resources import own, run_uuid
from peninsula.server.storage import bulk, tables

__all__ = [
    "Labels",
    "labels_of",
    "name_numbers",
    "resource_numbers",
    "role_numbers",
    "run_number",
    "run_numbers",
    "runs_between",
]


def name_numbers(tx: Connection, wanted: Collection[str]) -> list[int]:
    """Return the numbers of these event names, and of all that begin as `a.b.*` says."""
    text = tables.names.c.text
    conditions = [
        func.substr(text, 1, len(name) - 1) == name[:-1] if is_prefix(name) else text == name
        for name in wanted
    ]
    return list(tx.execute(select(tables.names.c.id).where(or_(*conditions))).scalars())


def role_numbers(tx: Connection, roles: Iterable[str]) -> list[int]:
    """Return the numbers of the roles that are known."""
    statement = "SELECT id FROM names WHERE text IN {}"
    return [number for (number,) in bulk.select_in(tx, statement, roles)]


def resource_numbers(tx: Connection, ids: Iterable[str]) -> list[int]:
    """Return the numbers of the resources that are known; a run's is its negative number."""
    named = {id_: run_uuid(id_) for id_ in ids}
    texts = [id_ for id_, run in named.items() if run is None]
    statement = "SELECT id FROM resources WHERE text IN {}"
    numbers = [number for (number,) in bulk.select_in(tx, statement, texts)]
    runs = {(UUID(run[1]).bytes, run[0] == "task-run") for run in named.values() if run}
    statement = "SELECT uuid, task, id FROM run_ids WHERE uuid IN {}"
    found = bulk.select_in(tx, statement, {uuid for uuid, _ in runs})
    # One id written as the other kind of run is no run at all.
    return numbers + [-id_ for uuid, task, id_ in found if (bytes(uuid), bool(task)) in runs]


def run_numbers(tx: Connection, uuids: Iterable[UUID]) -> dict[UUID, int]:
    """Return the numbers of the runs that are known."""
    statement = "SELECT uuid, id FROM run_ids WHERE uuid IN {}"
    found = bulk.select_in(tx, statement, [uuid.bytes for uuid in uuids])
    return {UUID(bytes=bytes(uuid)): number for uuid, number in found}


def run_number(tx: Connection, uuid: UUID) -> int | None:
    """Return the number of a run, None when nothing was ever told of it."""
    return tx.execute(
        select(tables.run_ids.c.id).where(tables.run_ids.c.uuid == literal(uuid.bytes))
    ).scalar()


def runs_between(least: UUID, greatest: UUID) -> Select[Any]:
    """Return what selects the numbers of the runs whose ids are in a range."""
    uuid = tables.run_ids.c.uuid
    return select(tables.run_ids.c.id).where(uuid >= least.bytes, uuid <= greatest.bytes)


class Labels(Struct, frozen=True):
    """What the numbers in some rows stand for."""

    names: Mapping[int, str]
    resources: Mapping[int, str]
    """By the numbers that stand in events and links: a run's is negative."""
    runs: Mapping[int, UUID]
    emitters: Mapping[int, UUID]


def labels_of(
    tx: Connection,
    *,
    names: Collection[int] = (),
    resources: Collection[int] = (),
    runs: Collection[int] = (),
    emitters: Collection[int] = (),
) -> Labels:
    """Look the numbers up."""
    known = _runs(tx, {*runs, *(-number for number in resources if number < 0)})
    ids = _texts(tx, "resources", {number for number in resources if number > 0})
    for number in resources:
        if number < 0:
            uuid, task = known[-number]
            ids[number] = own("task-run" if task else "flow-run", uuid)
    return Labels(
        names=_texts(tx, "names", names),
        resources=ids,
        runs={number: uuid for number, (uuid, _) in known.items()},
        emitters={
            number: UUID(bytes=bytes(uuid))
            for number, uuid in bulk.select_in(
                tx, "SELECT id, uuid FROM emitters WHERE id IN {}", set(emitters)
            )
        },
    )


def _runs(tx: Connection, numbers: Collection[int]) -> dict[int, tuple[UUID, bool]]:
    statement = "SELECT id, uuid, task FROM run_ids WHERE id IN {}"
    return {
        number: (UUID(bytes=bytes(uuid)), bool(task))
        for number, uuid, task in bulk.select_in(tx, statement, numbers)
    }


def _texts(tx: Connection, table: str, ids: Collection[int]) -> dict[int, str]:
    statement = f"SELECT id, text FROM {table} WHERE id IN {{}}"
    return dict(map(tuple, bulk.select_in(tx, statement, set(ids))))
