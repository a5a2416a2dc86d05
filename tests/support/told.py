"""Read back what processes have told, from the journals of a home."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from peninsula.core import codec, resources
from peninsula.core.errors import NotFoundError
from peninsula.core.events import Event
from peninsula.core.fold import Fact, RunFold, fold
from peninsula.core.home import Home
from peninsula.core.records import EventRecord, LogLine, LogRecord, Record, UnknownRecord
from peninsula.core.runs import Birth, StateChange
from peninsula.journal.segments import Reader

__all__ = ["Lived", "Told", "records"]


@dataclass
class Lived:
    """One run, as its events tell it."""

    id: UUID
    events: list[Event] = field(default_factory=list)
    changes: list[StateChange] = field(default_factory=list)
    lines: list[LogLine] = field(default_factory=list)
    folded: RunFold = field(default_factory=RunFold)

    @property
    def born(self) -> Birth:
        """Its birth; a test that asks for it has one."""
        assert self.folded.born is not None, f"{self.id} has no birth"
        return self.folded.born

    @property
    def name(self) -> str:
        """Its name."""
        return self.born.name

    @property
    def states(self) -> list[str]:
        """The names of its states in the order they were told."""
        return [change.name for change in self.changes]

    @property
    def state(self) -> str:
        """The name of the state it is in."""
        assert self.folded.state is not None
        return self.folded.state.name

    @property
    def message(self) -> str:
        """The message of the state it is in."""
        assert self.folded.state is not None
        return self.folded.state.message or ""

    @property
    def upstream(self) -> set[UUID]:
        """The runs it depends on."""
        return {edge.run for edge in self.born.upstream}

    @property
    def log(self) -> list[str]:
        """The messages of its log."""
        return [line.message for line in self.lines]


class Told:
    """What all processes of one home have told so far."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def runs(self) -> list[Lived]:
        """Return the runs in the order of their births."""
        found: dict[UUID, Lived] = {}
        for emitter, record in records(self._home):
            if isinstance(record, LogRecord):
                found.setdefault(record.run, Lived(record.run)).lines += record.lines
            elif isinstance(record, EventRecord):
                _take(found, emitter, record)
        return [run for run in found.values() if run.events]

    def all(self, definition: str) -> list[Lived]:
        """Return the runs of a flow or task."""
        return [run for run in self.runs() if definition in {run.born.flow, run.born.task}]

    def one(self, definition: str) -> Lived:
        """Return the only run of a flow or task."""
        found = self.all(definition)
        if len(found) != 1:
            msg = f"{len(found)} runs of {definition!r} were told, not one."
            raise NotFoundError(msg)
        return found[0]

    def events(self) -> list[EventRecord]:
        """Return all event records in the order they were told."""
        return [record for _, record in records(self._home) if isinstance(record, EventRecord)]


def records(home: Path) -> Iterator[tuple[UUID, Record | UnknownRecord]]:
    """Give the records of each journal in their order, with the emitter."""
    for folder in sorted(Home(home).journals.glob("[!.]*")):
        emitter = UUID(folder.name)
        reader = Reader(folder)
        after = 0
        while (parcel := reader.take(after)).bodies:
            for body in parcel.bodies:
                yield emitter, codec.decode_record(body)
            after = parcel.last


def _take(found: dict[UUID, Lived], emitter: UUID, record: EventRecord) -> None:
    named = resources.run_uuid(record.event.resource.id)
    if named is None:
        return
    run = found.setdefault(UUID(named[1]), Lived(UUID(named[1])))
    change = codec.decode(StateChange, record.event.payload)
    run.events.append(record.event)
    run.changes.append(change)
    fact = Fact(change, record.event.occurred, record.stamp, emitter.bytes, record.number)
    run.folded = fold(run.folded, fact)
