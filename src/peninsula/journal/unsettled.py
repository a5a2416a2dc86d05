"""Tell what a process that is gone had under way, and what it had counted and not told.

It may be broken off and begun again: each event has the id that its own process would have given
it, and what the journal has already is not told again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from uuid import UUID, uuid5

import msgspec

from peninsula.core.calls import Begun, lost_event, roll_up_event
from peninsula.core.events import Event
from peninsula.core.ids import NAMESPACE
from peninsula.core.records import EventRecord
from peninsula.core.tallies import Tally
from peninsula.journal.journal import Journal
from peninsula.journal.segments import Reader
from peninsula.journal.sheet import Filled, Summed, read_sheet
from peninsula.journal.tape import Tape

__all__ = ["settle"]

_ID: Final = re.compile(rb'"event":\{"id":"([0-9a-f-]{36})"')


def settle(journal: Journal, tape: Tape) -> None:
    """Add it to the journal, whose lock the caller holds, and remove the file. Raises OSError."""
    slots, counters = read_sheet(journal.calls)
    if slots or counters:
        told = set(_told(journal))
        lost = list(_lost(slots, counters))
        at = max(tape.last_stamp, *(of.started for of, _ in lost), 0)
        events = [
            (of, lost_event(of, of.id, at, idle=idle)) for of, idle in lost if of.id is not None
        ]
        for of, event in (*events, *_counted(counters, told, at)):
            if event.id not in told:
                _tell(tape, of, event)
    journal.calls.unlink(missing_ok=True)


def _lost(slots: list[Filled], counters: list[Summed]) -> Iterator[tuple[Begun, bool]]:
    """Give the calls that did not return, and whether they waited for who had called them."""
    # One may have been counted already when its slot was not yet cleared: a counter says which.
    counted = {tally.ticket for _, tally in counters}
    for ticket, body, idle in sorted(slots):
        begun = _begun(body)
        if ticket not in counted and begun is not None:
            yield begun, idle


def _counted(counters: list[Summed], told: set[UUID], at: int) -> Iterator[tuple[Begun, Event]]:
    """Give what calls came to since the last roll-up, with those that found no slot."""
    for body, tally in counters:
        of = _begun(body)
        if of is None:
            continue
        rest = _rest(tally) if tally.id in told else tally
        if rest.calls or rest.under_way:
            yield of, roll_up_event(of, rest, at, lost=rest.under_way)


def _rest(tally: Tally) -> Tally:
    """Return what of one whose roll-up was just told is still to be told."""
    return Tally.begun(uuid5(NAMESPACE, f"rest:{tally.id}"), tally.since, tally.under_way)


def _begun(body: bytes) -> Begun | None:
    try:
        return msgspec.json.decode(body, type=Begun)
    except msgspec.MsgspecError:
        return None


def _told(journal: Journal) -> Iterator[UUID]:
    """Give the ids of the events in the journal's files."""
    reader, after = Reader(journal.folder), 0
    while (parcel := reader.take(after)).bodies:
        for body in parcel.bodies:
            if (found := _ID.search(body)) is not None:
                yield UUID(found[1].decode())
        after = parcel.last


def _tell(tape: Tape, of: Begun, event: Event) -> None:
    tape.append(
        None,
        lambda number, stamp: EventRecord(
            number=number, stamp=stamp, event=event, run=of.run, root=of.root
        ),
    )
