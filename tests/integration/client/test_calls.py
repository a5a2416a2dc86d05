"""Every call of the API has its method in the client, and the server takes what it sends."""

from __future__ import annotations

import asyncio
import inspect
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from msgspec import Raw

from peninsula.client.api import Api
from peninsula.client.exchange import Exchange
from peninsula.core.answers import Scope
from peninsula.core.artifacts import ArtifactKind
from peninsula.core.claims import Wanted
from peninsula.core.deployments import (
    Backfill,
    ChangedSchedule,
    ServeWanted,
    WantedDeployment,
    WantedRun,
    WantedSchedule,
)
from peninsula.core.errors import ConflictError, NotFoundError
from peninsula.core.filters import EventFilter, RunFilter, Sort
from peninsula.core.runs import RunKind
from peninsula.core.schedules import Cron
from peninsula.core.states import StateType
from peninsula.core.work import Begin, Crash, Heartbeat, WorkWanted
from peninsula.server.api.calls import CALL
from peninsula.server.app import ROUTES
from tests.support.make import event
from tests.support.server import Server

ELSEWHERE = {
    ("POST", "/api/intake"),
    ("POST", "/api/intake/offers"),
    ("POST", "/api/control"),
    ("POST", "/api/session"),
    ("GET", "/api/session"),
    ("DELETE", "/api/session"),
    ("GET", "/api/metrics"),
    ("GET", "/api/openapi.json"),
    ("POST", "/api/cloudevents"),
    ("POST", "/api/otlp/v1/traces"),
    ("GET", "/api/flow-runs/{id}/logs.txt"),
    ("GET", "/api/task-runs/{id}/logs.txt"),
    ("GET", "/api/deployments/last-runs"),
    ("GET", "/api/resources/kinds"),
    ("GET", "/api/runs/{id}/summary"),
}
"""Calls of emitters (`client.port`), browsers and their pages, Prometheus and other programs."""

ID = uuid4()
NOW = datetime.now(UTC)


def arguments(folder: Path) -> dict[str, Any]:
    """A value for each parameter of a method, by name: one that is not its default."""
    return {
        "after": NOW,
        "asked": Wanted(emitter=ID, tasks=("send",)),
        "base_after": NOW,
        "base_before": NOW,
        "before": NOW,
        "below": False,
        "checked": True,
        "by": "name",
        "cursor": None,
        "event": event(),
        "events": [event(), event()],
        "expires_in": 60.0,
        "flows": ("nightly",),
        "id_": ID,
        "ids": (ID,),
        "keys": ("report",),
        "kinds": ("s3", "gs"),
        "latest": True,
        "data": Raw(b"{}"),
        "decay": 0.0,
        "emitter": None,
        "lease": ID,
        "level": 30,
        "given": {},
        "limit": 7,
        "key": "dashboard",
        "named": "nightly/dashboard",
        "pool": "dashboard",
        "pools": ("dashboard",),
        "paused": False,
        "secrets": (),
        "systems": True,
        "rule": Cron(cron="@daily"),
        "timezone": "UTC",
        "message": "why",
        "name": "dashboard",
        "names": ["dashboard"],
        "order": "newest",
        "overwrite": True,
        "path": str(folder / "copy.db"),
        "run": ID,
        "rate": False,
        "schema": "sha256:0",
        "scopes": [Scope.READ],
        "since": 0,
        "slots": 1,
        "slug": "dashboard",
        "sort": Sort(),
        "step": 60.0,
        "strict": False,
        "suspect": ID,
        "system": "s3://lake",
        "tags": ("sales", "eu"),
        "text": "x",
        "type_": "dashboard",
        "types": (StateType.FAILED,),
        "value": Raw(b'{"rows":3}'),
    }


def wanted(name: str) -> dict[str, Any]:
    """Values of the arguments that are called alike and differ from call to call."""
    at = datetime(2026, 1, 31, tzinfo=UTC)
    structs: dict[str, Any] = {
        "save_deployment": WantedDeployment(flow="nightly", name="dashboard", schedules=None),
        "add_schedule": WantedSchedule(rule=Cron(cron="@daily")),
        "change_schedule": ChangedSchedule(active=False),
        "run_deployment": WantedRun(),
        "claim_served_runs": ServeWanted(emitter=ID, deployments=(ID,)),
        "backfill": Backfill(start=at, end=at + timedelta(days=1)),
    }
    told: dict[str, Any] = {
        "heartbeat": Heartbeat(emitter=ID, name="dashboard", type="process"),
        "begin_flow_run": Begin(emitter=ID, start=1),
        "crash_flow_run": Crash(emitter=ID, start=1, message="gone"),
    }
    found: dict[str, Any] = {"told": told.get(name)}
    if name == "claim_flow_runs":
        found["asked"] = WorkWanted(emitter=ID, worker="dashboard")
    if name in structs:
        found["wanted"] = structs[name]
    if name == "create_work_pool":
        found["type_"] = "process"
    return found


def methods() -> dict[str, Any]:
    """The calls of the client."""
    return {
        name: method
        for name, method in inspect.getmembers(Api, inspect.isfunction)
        if not name.startswith("_")
    }


async def call_everything(server: Server, folder: Path, key: str) -> set[tuple[str, str]]:
    """Call every method of the client, of both kinds of runs; return what was asked."""
    asked: set[tuple[str, str]] = set()

    async def note(request: httpx.Request) -> None:
        path = re.sub(str(ID), "{id}", request.url.path)
        path = re.sub("/dashboard(?=/|$)", "/{name}", path)
        asked.add((request.method, path))

    async with httpx.AsyncClient(
        base_url=server.url,
        headers={"Authorization": f"Bearer {key}"},
        event_hooks={"request": [note]},
        trust_env=False,
    ) as http:
        api = Api(Exchange(http, None))
        for name, method in methods().items():
            for kind, dismissed in product(RunKind, (True, False)):
                given = arguments(folder) | {"dismissed": dismissed}
                parameters = list(inspect.signature(method).parameters)[1:]
                given |= {"kind": kind, "id_": "s3://lake" if "resource" in name else ID}
                given["wanted"] = EventFilter() if "event" in name else RunFilter(kind=kind)
                given |= wanted(name)
                if name == "workers" and dismissed:
                    given["pool"] = None  # of all pools
                if name == "artifacts":
                    given["kinds"] = (ArtifactKind.TABLE, ArtifactKind.LINK)
                if name == "blocks":
                    given["types"] = ("dashboard",)
                if name == "register_block_type":
                    await api.register_block_type(slug="dashboard", name="Dashboard", fields={})
                    continue
                if name == "stream":
                    await _first(api)
                    continue
                # The second time, some are there already.
                with suppress(NotFoundError, ConflictError):
                    await getattr(api, name)(
                        **{one: given[one] for one in parameters if one not in {"more", "changed"}}
                    )
                (folder / "copy.db").unlink(missing_ok=True)
    return asked


def _called(path: str) -> str:
    """The path as it is noted: there are two kinds of things that a part of it names."""
    path = re.sub(r"\{(slug|queue|worker|key)\}", "{name}", path.replace(":str", ""))
    return path.replace("{event}", "{id}")


async def _first(api: Api) -> None:
    """Hear the first of a stream: the events that were posted are in the log by then."""
    async for told in api.stream(since=0):
        if told.events:
            break


def test_each_call_has_its_method_and_is_understood(server: Server, tmp_path: Path):
    """An unknown id may be answered "not found"; anything else would be our mistake."""
    key = (server.home / "token").read_text().strip()
    asked = asyncio.run(call_everything(server, tmp_path, key))
    declared = {
        (call.method, f"/api{_called(call.path)}") for call in (route.opt[CALL] for route in ROUTES)
    }
    assert asked == declared - ELSEWHERE
