"""Read back what the processes of a home have told, from their journals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any
from uuid import UUID

from peninsula.core import codec, resources
from peninsula.core.errors import NotFoundError
from peninsula.core.events import Event
from peninsula.core.fold import Fact, RunFold, fold
from peninsula.core.home import Home
from peninsula.core.records import EventRecord, LogLine, LogRecord, Record, UnknownRecord
from peninsula.core.runs import Birth, StateChange, is_state_event
from peninsula.journal.segments import Reader

__all__ = ["ToldRun", "told_events", "told_records", "told_runs"]


@dataclass(repr=False)
class ToldRun:
    """One run, as its events tell it."""

    id: UUID
    events: list[Event] = field(default_factory=list)
    """Of its states."""
    changes: list[StateChange] = field(default_factory=list)
    """What those events say."""
    lines: list[LogLine] = field(default_factory=list)
    """Its log, with levels and times."""
    folded: RunFold = field(default_factory=RunFold)

    def __repr__(self) -> str:
        """Show what an assertion that fails is about, in a line."""
        born = self.folded.born
        name = self.id if born is None else born.name
        return f"<{self.state} run {name}{f': {self.message}' if self.message else ''}>"

    @property
    def born(self) -> Birth:
        """What it was from its start on. Raises NotFoundError where nobody has told."""
        if self.folded.born is None:
            msg = f"Nobody told how run {self.id} began. Look at its events."
            raise NotFoundError(msg)
        return self.folded.born

    @property
    def name(self) -> str:
        """Its name: of a task run `clean-0`."""
        return self.born.name

    @property
    def flow(self) -> str | None:
        """The name of the flow, of a flow run."""
        return self.born.flow

    @property
    def task(self) -> str | None:
        """The name of the task, of a task run."""
        return self.born.task

    @property
    def parent(self) -> UUID | None:
        """The id of the run it was called from."""
        return self.born.parent

    @property
    def state(self) -> str:
        """The name of the state it is in: `Completed`."""
        return "" if self.folded.state is None else self.folded.state.name

    @property
    def message(self) -> str:
        """The message of that state, empty if it has none."""
        return (self.folded.state and self.folded.state.message) or ""

    @property
    def states(self) -> list[str]:
        """The names of its states, the first one first."""
        return [change.name for change in self.changes]

    @property
    def parameters(self) -> dict[str, Any]:
        """Its parameters as everyone sees them: summed up, secrets masked."""
        return codec.decode(dict[str, Any], self.born.parameters)

    @property
    def tags(self) -> set[str]:
        """Its tags."""
        return set(self.born.tags)

    @property
    def upstream(self) -> set[UUID]:
        """The ids of the runs it depends on."""
        births = [change.born for change in self.changes if change.born is not None]
        return {edge.run for birth in births for edge in birth.upstream}

    @property
    def log(self) -> list[str]:
        """The messages of its log."""
        return [line.message for line in self.lines]


def told_runs(home: Home) -> list[ToldRun]:
    """Return the runs in the order of their first states."""
    found: dict[UUID, ToldRun] = {}
    for emitter, record in told_records(home):
        if isinstance(record, LogRecord):
            found.setdefault(record.run, ToldRun(record.run)).lines += record.lines
        elif isinstance(record, EventRecord) and is_state_event(record.event.event):
            _take(found, emitter, record)
    # A log may come first: of a run whose first state another process tells, with a later clock.
    return [run for run in found.values() if run.events]


def told_events(home: Home) -> list[EventRecord]:
    """Return the records of all events in the order they were told."""
    return [record for _, record in told_records(home) if isinstance(record, EventRecord)]


def told_records(home: Home) -> Iterator[tuple[UUID, Record | UnknownRecord]]:
    """Give all records with their emitters, in the order of their stamps."""
    found = [
        (record.stamp, emitter, record.number, record)
        # Once the local database is asked for something, it takes in what is in the journals of
        # processes that are gone, which are then kept elsewhere.
        for parent in (home.kept, home.journals)
        for folder in parent.glob("[!.]*")
        for emitter in [UUID(folder.name)]
        for record in _read(Reader(folder))
    ]
    for _, emitter, _, record in sorted(found, key=itemgetter(0, 1, 2)):
        yield emitter, record


def _read(reader: Reader) -> Iterator[Record | UnknownRecord]:
    after = 0
    while (parcel := reader.take(after)).bodies:
        yield from map(codec.decode_record, parcel.bodies)
        after = parcel.last


def _take(found: dict[UUID, ToldRun], emitter: UUID, record: EventRecord) -> None:
    named = resources.run_uuid(record.event.resource.id)
    if named is None:
        return
    run = found.setdefault(UUID(named[1]), ToldRun(UUID(named[1])))
    change = codec.decode(StateChange, record.event.payload)
    run.events.append(record.event)
    run.changes.append(change)
    fact = Fact(change, record.event.occurred, record.stamp, emitter.bytes, record.number)
    run.folded = fold(run.folded, fact)
