"""Read which systems runs touched."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection

from peninsula.core.answers import SystemUse
from peninsula.core.resources import OWN
from peninsula.server.storage import bulk
from peninsula.server.storage.moments import moment
from peninsula.server.storage.read import subtree

__all__ = ["BELOW", "OURS", "Named", "Touch", "named", "touches_of", "used_by"]

BELOW: Final = 1_000
"""Runs below one in the middle of a tree whose touches are looked at."""

OURS: Final = ("artifact", "process")
"""Kinds of things that runs make themselves: no systems that they depend on."""


class Touch(NamedTuple):
    """A run touched a system."""

    run: int
    system: int
    events: int
    last: int


class Named(NamedTuple):
    """What a system is called."""

    id: str
    kind: str
    name: str | None


def touches_of(tx: Connection, runs: Iterable[int]) -> Iterable[Touch]:
    """Yield which systems the runs touched, not what in them, nor what is the product's own."""
    statement = (
        'SELECT t.run, t.resource, t.events, t."last" FROM touches t'
        " JOIN resources r ON r.id = t.resource"
        f" WHERE t.run IN {{}} AND r.system = r.text AND substr(r.text, 1, {len(OWN)}) <> '{OWN}'"
    )
    for row in bulk.select_in(tx, statement, runs):
        yield Touch(*row)


def named(tx: Connection, systems: Collection[int]) -> dict[int, Named]:
    """Return what the systems are called, by number."""
    statement = (
        "SELECT r.id, r.text, r.kind, d.name FROM resources r"
        " LEFT JOIN descriptions d ON d.resource = r.id WHERE r.id IN {}"
    )
    return {row[0]: Named(*row[1:]) for row in bulk.select_in(tx, statement, systems)}


def used_by(tx: Connection, run: int, root: int) -> tuple[SystemUse, ...]:
    """Return what a run and those below it touched, most events first."""
    runs = [run] if run == root else subtree.numbers(tx, run, limit=BELOW)
    events: dict[int, int] = {}
    last: dict[int, int] = {}
    for touch in touches_of(tx, runs):
        events[touch.system] = events.get(touch.system, 0) + touch.events
        last[touch.system] = max(last.get(touch.system, 0), touch.last)
    called: Mapping[int, Any] = named(tx, events)
    return tuple(
        SystemUse(**called[number]._asdict(), events=events[number], last=moment(last[number]))
        for number in sorted(events, key=lambda number: (-events[number], called[number].id))
    )
