"""Make events for Prefect: the same calls as `load` makes, in its words."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from benchmarks.load import BLOCKS, CALLS, NAMES, SYSTEMS, TASKS

__all__ = ["fill", "posted"]

CHUNK: Final = 10_000


def posted(count: int, name: str) -> list[dict[str, Any]]:
    """Return that many events for a POST, with a name to count them by."""
    return [{**event, "event": name} for event in islice(_events(datetime.now(UTC)), count)]


def fill(database: Path, count: int) -> None:
    """Store that many events in a database that its server has made, past the server.

    Through the server it would take an hour; the rows are those that the server writes.
    """
    events = _events(datetime.now(UTC) - timedelta(seconds=count / 1000))
    with closing(sqlite3.connect(database)) as connection:
        for _ in range(0, count, CHUNK):
            chunk = list(islice(events, CHUNK))
            with connection:
                connection.executemany(_EVENT, map(_event_row, chunk))
                connection.executemany(
                    _RESOURCE, [row for event in chunk for row in _resource_rows(event)]
                )
        connection.execute("ANALYZE")


def _events(start: datetime) -> Iterator[dict[str, Any]]:
    """Yield events without end, a thousand for each second."""
    number = 0
    while True:
        flow_run, task_run = uuid4(), uuid4()
        for call in range(CALLS * TASKS):
            if call % CALLS == 0:
                task_run = uuid4()
            yield _event(number, start, f"{flow_run}", f"{task_run}")
            number += 1


def _event(number: int, start: datetime, flow_run: str, task_run: str) -> dict[str, Any]:
    block = number // CALLS
    return {
        "id": str(uuid4()),
        "occurred": (start + timedelta(milliseconds=number)).isoformat(),
        "event": NAMES[number % len(NAMES)],
        "resource": {"prefect.resource.id": BLOCKS[block % len(BLOCKS)]},
        "related": [
            _related(SYSTEMS[block % len(SYSTEMS)], "system"),
            _related(f"prefect.task-run.{task_run}", "task-run"),
            _related(f"prefect.flow-run.{flow_run}", "flow-run"),
        ],
        "payload": {
            "method": "read_path",
            "path": f"raw/{number}.parquet",
            "seconds": 0.0123,
            "summary": os.urandom(55).hex(),
        },
    }


def _related(id_: str, role: str) -> dict[str, str]:
    return {"prefect.resource.id": id_, "prefect.resource.role": role}


_EVENT: Final = (
    "INSERT INTO events (occurred, event, resource_id, resource, related_resource_ids, related,"
    " payload, received, recorded, id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_RESOURCE: Final = (
    "INSERT INTO event_resources (occurred, resource_id, resource_role, resource, event_id)"
    " VALUES (?, ?, ?, ?, ?)"
)


def _event_row(event: dict[str, Any]) -> tuple[str, ...]:
    occurred = _written(event["occurred"])
    ids = [related["prefect.resource.id"] for related in event["related"]]
    return (
        occurred,
        event["event"],
        event["resource"]["prefect.resource.id"],
        json.dumps(event["resource"]),
        json.dumps(ids),
        json.dumps(event["related"]),
        json.dumps(event["payload"]),
        occurred,
        occurred,
        event["id"],
    )


def _resource_rows(event: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for resource in (event["resource"], *event["related"]):
        role = resource.get("prefect.resource.role", "")
        id_ = resource["prefect.resource.id"]
        yield _written(event["occurred"]), id_, role, "{}", event["id"]


def _written(moment: str) -> str:
    return moment.replace("T", " ").partition("+")[0]
