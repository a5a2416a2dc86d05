"""Know the runs of this process from its own journal: what it tells there is what a server gets."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from msgspec import Raw

from peninsula.core import codec, ids
from peninsula.core.errors import InvalidError, TooLargeError
from peninsula.core.fold import Fact, RunFold, fold
from peninsula.core.records import EventRecord
from peninsula.core.resources import run_uuid
from peninsula.core.runs import Run, RunKind, StateChange, is_state_event
from peninsula.journal.segments import Reader

__all__ = ["OwnRuns"]


class OwnRuns:
    """The runs that a journal tells of, as far as it was read."""

    def __init__(self, folder: Path, emitter: UUID) -> None:
        self._reader = Reader(folder)
        self._emitter = emitter
        self._read = 0
        self._folds: dict[UUID, tuple[RunKind, RunFold]] = {}

    def read_on(self) -> list[Run]:
        """Read what was written since, and return the runs that changed."""
        changed: dict[UUID, None] = {}
        while (parcel := self._reader.take(self._read)).bodies:
            self._read = parcel.last
            for body in parcel.bodies:
                if (id_ := self._take(body)) is not None:
                    changed[id_] = None
        return [run for id_ in changed if (run := self._run(id_)) is not None]

    def _take(self, body: bytes) -> UUID | None:
        try:
            record = codec.decode_record(Raw(body))
        except (InvalidError, TooLargeError):
            return None  # a server will refuse it, and say why
        if not isinstance(record, EventRecord) or not is_state_event(record.event.event):
            return None
        said = run_uuid(record.event.resource.id)
        if said is None:
            return None
        kind, id_ = RunKind(said[0]), UUID(said[1])
        fact = Fact(
            codec.decode(StateChange, record.event.payload),
            record.event.occurred,
            record.stamp,
            self._emitter.bytes,
            record.number,
        )
        _, known = self._folds.get(id_, (kind, RunFold()))
        self._folds[id_] = kind, fold(known, fact)
        return id_

    def _run(self, id_: UUID) -> Run | None:
        kind, known = self._folds[id_]
        born, created, state = known.born, known.created, known.state
        if born is None or created is None or state is None:
            return None  # born in another process
        return Run(
            id=id_,
            kind=kind,
            name=born.name,
            flow=born.flow,
            flow_id=ids.flow_id(born.flow) if born.flow else None,
            task=born.task,
            key=born.key,
            parent=born.parent,
            root=born.root or id_,
            tags=born.tags,
            parameters=born.parameters,
            state=state,
            created=created,
            expected=born.expected or created,
            started=known.started,
            ended=known.ended,
            attempts=known.attempts,
            retries=born.retries,
            start=known.start,
            version=born.version,
            code=born.code,
            deployment=born.deployment,
            process=self._emitter,
        )
