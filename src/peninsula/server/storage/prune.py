"""Let old events and logs go, and keep what they come to.

What a pruned event said of runs, resources and counts stays: it is folded into the baseline tables
first, so that a rebuild from baseline and log gives what was there before. Failed runs may be
pinned: their events and logs stay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import Connection

from peninsula.server.storage import bulk, log, partitions, replay, rows, tables
from peninsula.server.storage.database import Database
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.moments import moment
from peninsula.server.storage.project import project
from peninsula.server.storage.project_resources import links_of
from peninsula.server.storage.rebuilding import refuse_during_rebuild

__all__ = ["Policy", "Pruned", "fold_away", "prune"]

STEP: Final = 500
"""Rows of one step: a few tens of milliseconds."""

PAGES: Final = 2_000
"""Pages that SQLite gives back to the disk in one step."""

_PINNED: Final = "('FAILED', 'CRASHED')"


class Policy(Struct, frozen=True, kw_only=True):
    """What may go: everything that occurred before a moment, µs since 1970; None keeps all."""

    events_before: int | None = None
    logs_before: int | None = None
    kinds_before: dict[str, int] = {}
    """By event name, or `prefix.*`; goes before `events_before`."""
    pin_failed: bool = True


class Pruned(Struct, kw_only=True):
    """What went."""

    events: int = 0
    logs: int = 0
    pinned: int = 0
    """Events newly kept because their run failed."""


async def prune(database: Database, dictionary: Dictionary, policy: Policy) -> Pruned:
    """Prune in steps that let intake pass. Raises ConflictError during a rebuild."""
    pruned = Pruned()
    pruned.pinned = await _settle_pins(database, policy)
    names = await database.read(_names)
    for condition, values in _conditions(policy, names):
        while count := await database.write_patiently(_prune_events, dictionary, condition, values):
            pruned.events += count
    if policy.logs_before is not None:
        while count := await database.write_patiently(_prune_logs, policy):
            pruned.logs += count
    if database.dialect == "sqlite":
        while await database.write_patiently(_give_back):
            pass
    elif policy.events_before is not None:
        await database.write_patiently(partitions.drop_before, moment(policy.events_before))
    return pruned


async def _settle_pins(database: Database, policy: Policy) -> int:
    """Pin what is to outlive this prune, and nothing else. Return how many are newly kept."""
    oldest = max(filter(None, (policy.events_before, *policy.kinds_before.values())), default=None)
    if oldest is None:
        return 0
    while await database.write_patiently(_unpin, policy, oldest):
        pass
    pinned = 0
    while policy.pin_failed and (count := await database.write_patiently(_pin, oldest)):
        pinned += count
    return pinned


def _names(tx: Connection) -> dict[str, int]:
    return {text: number for number, text in tx.exec_driver_sql("SELECT id, text FROM names")}


def _conditions(
    policy: Policy, names: Mapping[str, int]
) -> list[tuple[str, tuple[int | str, ...]]]:
    """Return what may go, as conditions on `events e` with their values."""
    special: dict[int, int] = {}
    for pattern, before in sorted(policy.kinds_before.items(), key=lambda item: len(item[0])):
        # The longest pattern that fits is set last, and counts.
        special |= {number: before for text, number in names.items() if _fits(text, pattern)}
    conditions: list[tuple[str, tuple[int | str, ...]]] = [
        ("e.name = ? AND e.occurred < ?", (number, before)) for number, before in special.items()
    ]
    if policy.events_before is not None:
        others = "".join(f" AND e.name <> {number}" for number in special)
        conditions.append((f"e.occurred < ?{others}", (policy.events_before,)))
    return conditions


def _fits(name: str, pattern: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


def _unpin(tx: Connection, policy: Policy, oldest: int) -> int:
    """Let go of events whose runs are pinned no more: told to be, or found not to have failed."""
    failed = f"r.id = e.root AND r.state_type IN {_PINNED}" if policy.pin_failed else "1 = 0"
    return bulk.run(
        tx,
        "UPDATE events SET kept = FALSE WHERE position IN (SELECT e.position FROM events e"
        " WHERE e.occurred < ? AND e.kept"
        f" AND NOT EXISTS (SELECT 1 FROM runs r WHERE {failed}) LIMIT ?)",
        oldest,
        STEP,
    ).rowcount


def _pin(tx: Connection, oldest: int) -> int:
    """Keep the events of failed runs. Return how many were newly kept."""
    return bulk.run(
        tx,
        "UPDATE events SET kept = TRUE WHERE position IN (SELECT e.position FROM events e"
        " JOIN runs r ON r.id = e.root"
        f" WHERE e.occurred < ? AND NOT e.kept AND r.state_type IN {_PINNED} LIMIT ?)",
        oldest,
        STEP,
    ).rowcount


def _prune_events(
    tx: Connection, dictionary: Dictionary, condition: str, values: tuple[int | str, ...]
) -> int:
    """Fold some old events into the baseline and delete them. Return how many."""
    dictionary.at(log.take_head(tx).dictionary)
    refuse_during_rebuild(tx)
    found = bulk.run(
        tx,
        f"SELECT {replay.COLUMNS} FROM events e WHERE NOT e.kept AND {condition}"
        " ORDER BY e.occurred LIMIT ?",
        *values,
        STEP,
    ).all()
    events = sorted(replay.rows_of(found), key=lambda row: row.position)
    if events:
        fold_away(tx, dictionary, events)
    return len(events)


def fold_away(tx: Connection, dictionary: Dictionary, events: Sequence[rows.EventRow]) -> None:
    """Fold events of the log into the baseline, and delete them with their links."""
    texts = replay.texts_of(tx, dictionary, events)
    related = [rows.related_of(row) for row in events]
    project(tx, rows.BASELINE, dictionary, events, related, texts, links=False)
    bulk.delete(
        tx, tables.links, ("resource", "position", "role"), links_of(events, related, texts)
    )
    bulk.delete(tx, tables.events, ("id",), [(row.id,) for row in events])
    _forget_paths(tx, texts)


def _forget_paths(tx: Connection, texts: rows.Texts) -> None:
    """Remove paths that no event names any more; their system stays."""
    paths = [number for number, system in texts.systems.items() if system != number]
    statement = "SELECT DISTINCT resource FROM links WHERE resource IN {}"
    named = {row[0] for row in bulk.select_in(tx, statement, paths)}
    gone = [(number,) for number in paths if number not in named]
    for target in (rows.LIVE, rows.BASELINE):
        bulk.delete(tx, target.catalogue, ("resource",), gone)
        bulk.delete(tx, target.descriptions, ("resource",), gone)
        bulk.delete(tx, target.touches, ("resource",), gone)
    if gone:
        bulk.delete(tx, tables.resources, ("id",), gone)
        tx.exec_driver_sql("UPDATE head SET dictionary = dictionary + 1 WHERE one = 1")


def _prune_logs(tx: Connection, policy: Policy) -> int:
    pinned = f" AND r.state_type IN {_PINNED}" if policy.pin_failed else " AND 1 = 0"
    key = "root, time, emitter, number, line"
    return bulk.run(
        tx,
        f"DELETE FROM logs WHERE ({key}) IN (SELECT {key} FROM logs l WHERE time < ?"
        f" AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.id = l.root{pinned}) LIMIT ?)",
        policy.logs_before,
        STEP,
    ).rowcount


def _give_back(tx: Connection) -> bool:
    """Return free pages to the disk; tell whether there are more."""
    driver: Any = tx.connection.driver_connection
    for _ in range(PAGES):
        # The driver takes one step of the statement, and a step gives back one page.
        driver.execute("PRAGMA incremental_vacuum(1)")
    return bool(tx.exec_driver_sql("PRAGMA freelist_count").scalar_one() > PAGES)
