"""Derive runs, their tags and their edges: `core.fold` over what the database knows already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from peninsula.core import codec
from peninsula.core.fold import Fact, RunFold, fold
from peninsula.core.runs import Birth, Origin, StateChange, is_state_event
from peninsula.server.storage import bulk, run_states
from peninsula.server.storage.dictionary import Dictionary, RunKey
from peninsula.server.storage.moments import micros, moment
from peninsula.server.storage.rows import EventRow, Target, Texts

__all__ = ["project_runs"]


def project_runs(
    tx: Connection,
    target: Target,
    dictionary: Dictionary,
    rows: Sequence[EventRow],
    texts: Texts,
    changes: Mapping[int, StateChange],
) -> None:
    """Fold the state events among the rows into their runs."""
    told = [row for row in rows if row.resource is None and is_state_event(texts.names[row.name])]
    if not told:
        return
    facts = [(row, _fact(row, texts, changes.get(row.position))) for row in told]
    before = _stored(tx, target, {row.run for row in told if row.run is not None})
    after: dict[int, RunFold] = {}
    roots: dict[int, int] = {}
    tasks: dict[int, bool] = {}
    for row, fact in facts:
        assert row.run is not None  # noqa: S101  a row about a run has one
        known = after.get(row.run) or before.get(row.run) or RunFold()
        after[row.run] = fold(known, fact)
        roots[row.run] = _root(row.run, row.root or row.run, roots.get(row.run, row.run))
        tasks[row.run] = texts.names[row.name].startswith("peninsula.task-run.")
    births = [fact.change.born for _, fact in facts if fact.change.born is not None]
    uuids = dictionary.runs(tx, _mentioned(births))
    born = {number: run.born for number, run in after.items() if run.born is not None}
    _write_runs(tx, target, after, roots, tasks, uuids)
    _settle_kinds(tx, {run: tasks[run] for run in born})
    _write_tags(tx, target, born, before)
    _write_edges(tx, target, facts, uuids)


def _fact(row: EventRow, texts: Texts, change: StateChange | None) -> Fact:
    return Fact(
        change=change or codec.decode(StateChange, row.payload.encode()),
        occurred=moment(row.occurred),
        stamp=row.stamp,
        emitter=texts.emitters[row.emitter],
        number=row.number or row.position,
    )


def _mentioned(births: Iterable[Birth]) -> set[RunKey]:
    """Return the runs that births refer to. An upstream and a parent may be of either kind."""
    keys: dict[bytes, bool] = {}
    for birth in births:
        for upstream in birth.upstream:
            keys.setdefault(upstream.run.bytes, True)
        for uuid in (birth.parent, birth.root):
            if uuid is not None:
                keys.setdefault(uuid.bytes, False)
    return {RunKey(uuid, task) for uuid, task in keys.items()}


# --- the rows ------------------------------------------------------------------------------------

_STATE: Final = (
    "state_type",
    "state_name",
    "state_message",
    "state_at",
    "state_details",
    "ended",
    "started",
    "attempts",
    "start",
    "attempt",
    "origin",
    "emitter",
    "state_key",
    "engine_key",
)
_BIRTH: Final = (
    "name",
    "flow",
    "task_name",
    "key",
    "parent",
    "root",
    "tags",
    "parameters",
    "expected",
    "created",
    "retries",
    "version",
    "code",
    "deployment",
    "birth_key",
)
_COLUMNS: Final = ("id", "task", *_STATE, *_BIRTH)

_READ: Final = (
    "SELECT id, state_type, state_name, state_message, state_at, state_details, state_key,"
    ' "start", attempt, origin, engine_key, birth_key, created, started, attempts'
    " FROM {table} WHERE id IN {{}}"
)


def _stored(tx: Connection, target: Target, runs: Iterable[int]) -> dict[int, RunFold]:
    statement = _READ.format(table=target.runs.name)
    return {row.id: _folded(row) for row in bulk.select_in(tx, statement, runs)}


def _folded(row: Any) -> RunFold:
    return RunFold(
        state=run_states.state_of(row),
        state_key=bytes(row.state_key),
        start=row.start,
        attempt=row.attempt,
        origin=Origin(row.origin),
        engine_key=bytes(row.engine_key),
        birth_key=bytes(row.birth_key) if row.birth_key is not None else None,
        created=moment(row.created),
        started=moment(row.started) if row.started is not None else None,
        attempts=row.attempts,
    )


def _write_runs(
    tx: Connection,
    target: Target,
    runs: Mapping[int, RunFold],
    roots: Mapping[int, int],
    tasks: Mapping[int, bool],
    uuids: Mapping[bytes, int],
) -> None:
    rows = [
        (number, tasks[number], *_state_values(run), *_birth_values(number, run, roots, uuids))
        for number, run in sorted(runs.items())
    ]
    bulk.insert(tx, target.runs, _COLUMNS, rows, _merge(target.runs.name))


def _merge(table: str) -> str:
    """Take the folded state, and the birth's columns when a birth came that counts."""
    states = [f'"{column}" = excluded."{column}"' for column in _STATE]
    births = [
        f'"{column}" = CASE WHEN excluded.birth_key IS NOT NULL THEN excluded."{column}"'
        f' WHEN {table}.birth_key IS NOT NULL THEN {table}."{column}"'
        f" ELSE {_unborn(table, column)} END"
        for column in _BIRTH
    ]
    return f"ON CONFLICT (id) DO UPDATE SET {', '.join(states + births)}"


def _unborn(table: str, column: str) -> str:
    """Return what a column comes to while no birth is known: `_root`, as SQL says it."""
    if column != "root":
        return f'excluded."{column}"'
    return (
        f"CASE WHEN excluded.root = excluded.id THEN {table}.root"
        f" WHEN {table}.root = {table}.id OR excluded.root < {table}.root THEN excluded.root"
        f" ELSE {table}.root END"
    )


def _root(run: int, one: int, other: int) -> int:
    """Return the root that two records come to, in whatever order: one that is not the run."""
    said = {one, other} - {run}
    return min(said, default=run)


def _state_values(run: RunFold) -> tuple[Any, ...]:
    assert run.state is not None  # noqa: S101  a fold of at least one fact has a state
    details = run.state.details
    return (
        run.state.type.value,
        run.state.name,
        # PostgreSQL's text cannot hold NUL, and an exception may say anything.
        run.state.message and run.state.message.replace("\x00", "␀"),
        micros(run.state.timestamp),
        codec.encode(details).decode() if details else None,
        micros(run.ended) if run.ended is not None else None,
        micros(run.started) if run.started is not None else None,
        run.attempts,
        run.start,
        run.attempt,
        run.origin.value,
        run.emitter,
        run.state_key,
        run.engine_key,
    )


def _birth_values(
    number: int, run: RunFold, roots: Mapping[int, int], uuids: Mapping[bytes, int]
) -> tuple[Any, ...]:
    assert run.state is not None  # noqa: S101  a fold of at least one fact has a state
    at = micros(run.created or run.state.timestamp)
    birth = run.born
    if birth is None:
        # Nothing but a state is known yet, or the birth is in the row already.
        return (
            "",
            None,
            None,
            None,
            None,
            roots[number],
            "[]",
            "{}",
            at,
            at,
            0,
            None,
            None,
            None,
            None,
        )
    return (
        birth.name,
        birth.flow,
        birth.task,
        birth.key,
        _number(birth.parent, uuids),
        _number(birth.root, uuids) or number,
        codec.encode(sorted(set(birth.tags))).decode(),
        bytes(birth.parameters).decode(),
        micros(birth.expected) if birth.expected is not None else at,
        at,
        birth.retries,
        birth.version,
        birth.code,
        birth.deployment.bytes if birth.deployment is not None else None,
        run.birth_key,
    )


def _number(uuid: UUID | None, uuids: Mapping[bytes, int]) -> int | None:
    return uuids[uuid.bytes] if uuid is not None else None


def _settle_kinds(tx: Connection, tasks: Mapping[int, bool]) -> None:
    """Mend the guess of what kind a run is that was mentioned before its birth."""
    statement = "SELECT id, task FROM run_ids WHERE id IN {}"
    guessed = {row.id: bool(row.task) for row in bulk.select_in(tx, statement, tasks)}
    for run, task in tasks.items():
        if guessed[run] is not task:
            bulk.run(tx, "UPDATE run_ids SET task = ? WHERE id = ?", task, run)


def _write_tags(
    tx: Connection, target: Target, born: Mapping[int, Birth], before: Mapping[int, RunFold]
) -> None:
    table = target.tags.name
    again = [run for run in born if run in before and before[run].birth_key is not None]
    for run in again:
        bulk.run(tx, f"DELETE FROM {table} WHERE run = ?", run)
    rows = sorted({(tag, run) for run, birth in born.items() for tag in birth.tags})
    bulk.insert(tx, target.tags, ("tag", "run"), rows, bulk.NOTHING)


def _write_edges(
    tx: Connection,
    target: Target,
    facts: Sequence[tuple[EventRow, Fact]],
    uuids: Mapping[bytes, int],
) -> None:
    rows = {
        (row.run, uuids[upstream.run.bytes], upstream.parameter or "", upstream.kind.value)
        for row, fact in facts
        if fact.change.born is not None
        for upstream in fact.change.born.upstream
    }
    bulk.insert(
        tx,
        target.edges,
        ("run", "upstream", "parameter", "kind"),
        sorted(rows, key=repr),
        bulk.NOTHING,
    )
