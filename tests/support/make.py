"""Make events, records and batches for tests: small by default, any part by keyword."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

from msgspec import Raw, structs

from peninsula.core import codec, ids
from peninsula.core.artifacts import CREATED, UPDATED, ArtifactChange, ArtifactKind
from peninsula.core.events import Event, Related, Resource
from peninsula.core.records import (
    PROTOCOL,
    Batch,
    EventRecord,
    LogLine,
    LogRecord,
    Process,
    Record,
)
from peninsula.core.resources import own
from peninsula.core.runs import Birth, EdgeKind, Origin, RunKind, StateChange, Upstream, state_event
from peninsula.core.states import StateType

START = datetime(2026, 1, 31, 2, 0, tzinfo=UTC)

NAMES = {
    StateType.RUNNING: "Running",
    StateType.COMPLETED: "Completed",
    StateType.FAILED: "Failed",
    StateType.CRASHED: "Crashed",
    StateType.PENDING: "Pending",
    StateType.CANCELLING: "Cancelling",
    StateType.CANCELLED: "Cancelled",
    StateType.SCHEDULED: "Scheduled",
    StateType.PAUSED: "Paused",
}


def micros(at: datetime) -> int:
    """µs since 1970."""
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def event(name: str = "orders.loaded", resource: str = "s3://lake", **parts: Any) -> Event:
    """An event about a resource; `payload` is a dict, `related` a list of (id, role)."""
    occurred = parts.pop("occurred", START)
    payload = parts.pop("payload", {})
    related = parts.pop("related", ())
    return Event(
        id=parts.pop("id", None) or ids.uuid7(time.time_ns() // 1000, os.urandom(8)),
        occurred=occurred,
        event=name,
        resource=Resource(id=resource, **parts.pop("about", {})),
        related=tuple(Related(id=id_, role=role) for id_, role in related),
        payload=Raw(codec.encode(payload)),
        **parts,
    )


def change(type_: StateType, **parts: Any) -> StateChange:
    """A state of a run."""
    parts.setdefault("name", NAMES[type_])
    return StateChange(type=type_, **parts)


def state(run: UUID, kind: RunKind, told: StateChange, occurred: datetime = START) -> Event:
    """The event that tells of a run's state."""
    return Event(
        id=ids.uuid7(time.time_ns() // 1000, os.urandom(8)),
        occurred=occurred,
        event=state_event(kind, told),
        resource=Resource(id=own(kind.value, run)),
        payload=Raw(codec.encode(told)),
    )


def artifact(
    id_: UUID,
    body: object,
    *,
    updated: bool = False,
    kind: ArtifactKind = ArtifactKind.MARKDOWN,
    occurred: datetime = START,
    **parts: Any,
) -> Event:
    """The event by which an artifact is made or changed; `sha256`: the body is elsewhere."""
    encoded = codec.encode(body)
    if "sha256" not in parts:
        parts["body"] = Raw(encoded)
    told = ArtifactChange(kind=kind, size=len(encoded), **parts)
    return Event(
        id=ids.uuid7(time.time_ns() // 1000, os.urandom(8)),
        occurred=occurred,
        event=UPDATED if updated else CREATED,
        resource=Resource(id=own("artifact", id_)),
        payload=Raw(codec.encode(told)),
    )


def process(emitter: UUID | None = None) -> Process:
    """A process behind an emitter."""
    return Process(
        emitter=emitter or uuid4(),
        host="worker-1",
        user="etl",
        pid=4711,
        boot="b0",
        started=micros(START),
        version="0.1.0",
    )


def batch(records: Sequence[Record], emitter: Process | None = None, **parts: Any) -> Batch:
    """Records of one emitter, numbered as they are; the first one's number is the batch's."""
    return Batch(
        protocol=PROTOCOL,
        process=emitter or process(),
        first=parts.pop("first", records[0].number if records else 1),
        records=[Raw(codec.encode(record)) for record in records],
        **parts,
    )


class Teller:
    """One emitter of a test: it numbers and stamps what it is told."""

    def __init__(self, clock: int = 0, step: int = 1_000) -> None:
        """Its clock is off by `clock` µs, and goes on by `step` µs a record."""
        self.process = process()
        self.records: list[Record] = []
        self._stamp = micros(START) + clock
        self._step = step

    def tell(self, event: Event, run: UUID | None = None, root: UUID | None = None) -> Event:
        """Record an event."""
        self._add(EventRecord(number=1, stamp=1, event=event, run=run, root=root))
        return event

    def log(self, run: UUID, root: UUID, *messages: str) -> None:
        """Record log lines."""
        lines = tuple(
            LogLine(time=self._stamp + place, level=20, logger="flow", message=message)
            for place, message in enumerate(messages)
        )
        self._add(LogRecord(number=1, stamp=1, run=run, root=root, lines=lines))

    def _add(self, record: Record) -> None:
        self._stamp += self._step
        number = len(self.records) + 1
        self.records.append(structs.replace(record, number=number, stamp=self._stamp))

    def batch(self, after: int = 0, upto: int | None = None, **parts: Any) -> Batch:
        """The records after a number."""
        chosen = self.records[after:upto]
        return batch(chosen, self.process, first=after + 1, **parts)


def history(random: Random, teller: Teller, flows: int = 3, tasks: int = 5) -> list[UUID]:
    """Tell of flow runs with tasks, retries, failures, edges, logs and systems touched.

    The first begins at START and completes, the second begins at START and fails.
    """
    chances = [0.0, 1.0, *[0.1] * (flows - 2)]
    return [
        _flow_run(random, teller, tasks, chance, 0 if place < 2 else random.randrange(600))
        for place, chance in enumerate(chances[:flows])
    ]


SYSTEMS = ("s3://lake", "postgresql://db.internal/warehouse", "https://api.github.com")


def _flow_run(random: Random, teller: Teller, tasks: int, failing: float, minute: int) -> UUID:
    root = uuid4()
    at = START + timedelta(minutes=minute)
    born = Birth(name=f"run-{random.randrange(100)}", flow="nightly", tags=("etl", "eu"))
    teller.tell(state(root, RunKind.FLOW_RUN, change(StateType.RUNNING, born=born), at), root, root)
    upstream: tuple[Upstream, ...] = ()
    failed = False
    for place in range(tasks):
        task, ended = _task_run(random, teller, root, place, at, upstream, failing)
        failed = failed or ended is StateType.FAILED
        upstream = (Upstream(run=task, parameter="rows", kind=EdgeKind.RESULT),)
    made = uuid4()
    teller.tell(artifact(made, "begun", key="report", occurred=at), root, root)
    later = artifact(made, "done", updated=True, occurred=at + timedelta(minutes=4))
    teller.tell(later, root, root)
    end = StateType.FAILED if failed else StateType.COMPLETED
    teller.log(root, root, "the end")
    teller.tell(state(root, RunKind.FLOW_RUN, change(end), at + timedelta(minutes=5)), root, root)
    return root


def _task_run(
    random: Random,
    teller: Teller,
    root: UUID,
    place: int,
    at: datetime,
    upstream: tuple[Upstream, ...],
    failing: float,
) -> tuple[UUID, StateType]:
    run = uuid4()
    born = Birth(
        name=f"clean-{place}",
        task="clean",
        key=f"clean-{place}",
        parent=root,
        root=root,
        upstream=upstream,
        retries=2,
    )
    attempt = 0
    begun = change(StateType.RUNNING, born=born)
    teller.tell(state(run, RunKind.TASK_RUN, begun, at + timedelta(seconds=place)), run, root)
    system = random.choice(SYSTEMS)
    path = f"{system}/raw/{random.randrange(4)}.csv" if random.random() < 0.5 else system
    touched = event(
        "call.made",
        path,
        occurred=at,
        payload={"place": place},
        related=[(SYSTEMS[0], "uses")],
        about={"name": f"file {place}", "labels": {"region": random.choice("ab")}},
    )
    teller.tell(touched, run, root)
    teller.log(run, root, "reading", "cleaning")
    if random.random() < 0.3:
        attempt = 1
        again = change(StateType.RUNNING, name="Retrying", attempt=1)
        teller.tell(
            state(run, RunKind.TASK_RUN, again, at + timedelta(seconds=place + 1)), run, root
        )
    end = StateType.FAILED if random.random() < failing else StateType.COMPLETED
    origin = Origin.ENGINE
    told = change(end, attempt=attempt, origin=origin, message="done")
    teller.tell(state(run, RunKind.TASK_RUN, told, at + timedelta(seconds=place + 2)), run, root)
    return run, end
