"""Read back what processes have told, from the journals of a home."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from peninsula.core.errors import NotFoundError
from peninsula.core.home import Home
from peninsula.core.records import EventRecord, Record, UnknownRecord
from peninsula.testing import told
from peninsula.testing.told import ToldRun

__all__ = ["Told", "records"]


class Told:
    """What all processes of one home have told so far."""

    def __init__(self, home: Path) -> None:
        self._home = Home(home)

    def runs(self) -> list[ToldRun]:
        """Return the runs in the order of their births."""
        return told.told_runs(self._home)

    def all(self, definition: str) -> list[ToldRun]:
        """Return the runs of a flow or task."""
        return [run for run in self.runs() if definition in {run.flow, run.task}]

    def one(self, definition: str) -> ToldRun:
        """Return the only run of a flow or task."""
        found = self.all(definition)
        if len(found) != 1:
            msg = f"{len(found)} runs of {definition!r} were told, not one."
            raise NotFoundError(msg)
        return found[0]

    def events(self) -> list[EventRecord]:
        """Return all event records in the order they were told."""
        return told.told_events(self._home)


def records(home: Path) -> Iterator[tuple[UUID, Record | UnknownRecord]]:
    """Give the records of all journals, with the emitter."""
    return told.told_records(Home(home))
