"""Ask the API, and get the structs of `core.answers` or the errors of `core.errors`."""

from __future__ import annotations

import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from importlib.metadata import entry_points
from typing import Any, Final, NamedTuple
from uuid import UUID

import httpx
from msgspec import Raw

from peninsula.client.configuration import home_of
from peninsula.client.destination import Destination, destination, is_loopback
from peninsula.client.exchange import TIMEOUT, Exchange
from peninsula.client.queries import (
    event_parameters,
    parameters,
    run_parameters,
    sort_parameter,
)
from peninsula.client.views import Views
from peninsula.core.answers import (
    Edge,
    EventCounts,
    Flow,
    Health,
    History,
    Key,
    LogEntry,
    LoggedEvent,
    Meta,
    NewKey,
    Page,
    Posted,
    ResourceDetail,
    ResourceEntry,
    RunCounts,
    Scope,
    Timeline,
    TouchingRun,
)
from peninsula.core.artifacts import Artifact, ArtifactKind
from peninsula.core.claims import Claims, Wanted
from peninsula.core.concurrency import ConcurrencyLimit, Taken
from peninsula.core.errors import UnavailableError
from peninsula.core.events import Event
from peninsula.core.filters import EventFilter, RunFilter, Sort
from peninsula.core.runs import Run, RunKind
from peninsula.core.settings import Settings
from peninsula.core.states import StateType
from peninsula.core.variables import Variable, check_name

__all__ = ["Api", "Streamed", "open_api"]

Adopt = Callable[[Any], object]
"""Takes in the journals of this home: docs/api.md, "Without HTTP"."""

LOCAL: Final = "http://peninsula.local"
"""Base of addresses where there is no server."""

EVERY_EVENT: Final = EventFilter()
EVERY_FLOW_RUN: Final = RunFilter()
LATEST: Final = Sort()


@asynccontextmanager
async def open_api(settings: Settings, adopt: Adopt | None = None) -> AsyncIterator[Api]:
    """Open the API of the server that is set or serves the home, else of the local database.

    Where a server is set, the local database never stands in for it.
    """
    found = destination(settings, home_of(settings))
    if found is None:
        async with (
            _open_local()(settings, adopt) as transport,
            httpx.AsyncClient(transport=transport, base_url=LOCAL) as http,
        ):
            yield Api(Exchange(http, None))
    else:
        async with _connect(found) as http:
            yield Api(Exchange(http, found, lambda: destination(settings, home_of(settings))))


def _open_local() -> Callable[..., AbstractAsyncContextManager[httpx.AsyncBaseTransport]]:
    for point in entry_points(group="peninsula.transports", name="local"):
        opened: Callable[..., AbstractAsyncContextManager[httpx.AsyncBaseTransport]] = point.load()
        return opened
    msg = "This installation cannot open the local database. Install peninsula again."
    raise UnavailableError(msg)


def _connect(found: Destination) -> httpx.AsyncClient:
    # httpx would read a thousand authorities also for an address without TLS, and would send
    # loopback through a proxy.
    secure = found.url.startswith("https:")
    return httpx.AsyncClient(
        base_url=found.url,
        headers={"Authorization": f"Bearer {found.key}"} if found.key else {},
        timeout=TIMEOUT,
        verify=ssl.create_default_context() if secure else False,
        trust_env=not is_loopback(found.url),
    )


class Streamed(NamedTuple):
    """What a stream gives at once."""

    position: int
    """All that is meant up to here was given: where to go on."""
    events: tuple[LoggedEvent, ...]


class Api(Views):
    """The calls of docs/api.md, but for those of emitters and browsers."""

    @property
    def server(self) -> Destination | None:
        """The server that answers; None where it is this process, over the local database."""
        return self._exchange.server

    # --- events ----------------------------------------------------------------------------------

    async def events(
        self,
        wanted: EventFilter = EVERY_EVENT,
        *,
        order: str = "newest",
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[LoggedEvent]:
        """Return a page of events, by position."""
        page = parameters(order=order, limit=limit, cursor=cursor)
        return await self._exchange.get(
            Page[LoggedEvent], "events", event_parameters(wanted) + page
        )

    async def event(self, id_: UUID) -> LoggedEvent:
        """Return one event."""
        return await self._exchange.get(LoggedEvent, f"events/{id_}")

    async def event_counts(
        self, wanted: EventFilter = EVERY_EVENT, *, by: str, step: float | None = None
    ) -> EventCounts:
        """Count events by `time`, `name` or `resource`; `step` is the seconds of a span."""
        asked = event_parameters(wanted) + parameters(by=by, step=step)
        return await self._exchange.get(EventCounts, "events/counts", asked)

    async def post_event(self, event: Event) -> None:
        """Put an event into the log, once. Raises what is wrong with it."""
        await self._exchange.post(Posted, "events", event)

    async def post_events(self, events: Sequence[Event]) -> Posted:
        """Put events into the log, each once; what is wrong with one is in `refused`."""
        return await self._exchange.post(Posted, "events", list(events))

    async def stream(
        self, wanted: EventFilter = EVERY_EVENT, *, since: int | None = None
    ) -> AsyncGenerator[Streamed, None]:
        """Give events as they come into the log, after that position or from now on.

        It goes on until the caller stops. Raises UnavailableError when the connection is lost: go
        on from the last position that was given.
        """
        asked = event_parameters(wanted) + parameters(since=since)
        told = self._exchange.stream(tuple[LoggedEvent, ...], "stream", asked)
        async with aclosing(told):
            async for position, events in told:
                yield Streamed(int(position or 0), events)

    # --- runs ------------------------------------------------------------------------------------

    async def runs(
        self,
        wanted: RunFilter = EVERY_FLOW_RUN,
        *,
        sort: Sort = LATEST,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[Run]:
        """Return a page of flow runs or task runs."""
        page = parameters(sort=sort_parameter(sort), limit=limit, cursor=cursor)
        return await self._exchange.get(
            Page[Run], f"{wanted.kind.value}s", run_parameters(wanted) + page
        )

    async def run_counts(self, wanted: RunFilter = EVERY_FLOW_RUN) -> RunCounts:
        """Count runs by state."""
        return await self._exchange.get(
            RunCounts, f"{wanted.kind.value}s/counts", run_parameters(wanted)
        )

    async def run_history(
        self, wanted: RunFilter = EVERY_FLOW_RUN, *, step: float | None = None
    ) -> History:
        """Count runs by time and state; `step` is the seconds of a span."""
        asked = run_parameters(wanted) + parameters(step=step)
        return await self._exchange.get(History, f"{wanted.kind.value}s/history", asked)

    async def run(self, id_: UUID, kind: RunKind = RunKind.FLOW_RUN) -> Run:
        """Return one run."""
        return await self._exchange.get(Run, _run(kind, id_))

    async def tree(
        self,
        id_: UUID,
        kind: RunKind = RunKind.FLOW_RUN,
        *,
        limit: int = 1000,
        cursor: str | None = None,
    ) -> Page[Run]:
        """Return the run, then everything below it."""
        asked = parameters(limit=limit, cursor=cursor)
        return await self._exchange.get(Page[Run], f"{_run(kind, id_)}/tree", asked)

    async def edges(
        self,
        id_: UUID,
        kind: RunKind = RunKind.FLOW_RUN,
        *,
        limit: int = 2000,
        cursor: str | None = None,
    ) -> Page[Edge]:
        """Return what depends on what, of the run and everything below it."""
        asked = parameters(limit=limit, cursor=cursor)
        return await self._exchange.get(Page[Edge], f"{_run(kind, id_)}/edges", asked)

    async def timeline(self, id_: UUID, kind: RunKind = RunKind.FLOW_RUN) -> Timeline:
        """Return the run and everything below it by column."""
        return await self._exchange.get(Timeline, f"{_run(kind, id_)}/timeline")

    async def logs(
        self,
        id_: UUID,
        kind: RunKind = RunKind.FLOW_RUN,
        *,
        level: int | None = None,
        text: str | None = None,
        below: bool = True,
        order: str = "oldest",
        limit: int = 200,
        cursor: str | None = None,
    ) -> Page[LogEntry]:
        """Return lines of the run's log, and of what is below it."""
        asked = parameters(
            level=level, text=text, below=below, order=order, limit=limit, cursor=cursor
        )
        return await self._exchange.get(Page[LogEntry], f"{_run(kind, id_)}/logs", asked)

    async def cancel(
        self, id_: UUID, message: str | None = None, kind: RunKind = RunKind.FLOW_RUN
    ) -> Run:
        """Cancel a flow run or background task run."""
        return await self._exchange.post(Run, f"{_run(kind, id_)}/cancel", {"message": message})

    async def claim_task_runs(self, wanted: Wanted) -> Claims:
        """Claim background task runs, and wait for one if there is none."""
        return await self._exchange.post(Claims, "task-runs/claim", wanted)

    async def delete(self, id_: UUID) -> None:
        """Delete a flow run that is over, with everything below it."""
        await self._exchange.send("DELETE", f"flow-runs/{id_}")

    # --- flows and resources ---------------------------------------------------------------------

    async def flows(
        self, *, text: str | None = None, limit: int = 50, cursor: str | None = None
    ) -> Page[Flow]:
        """Return a page of flows, by name."""
        return await self._exchange.get(
            Page[Flow], "flows", parameters(text=text, limit=limit, cursor=cursor)
        )

    async def resources(
        self,
        *,
        kinds: tuple[str, ...] = (),
        system: str | None = None,
        text: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[ResourceEntry]:
        """Return a page of the catalogue, latest event first."""
        asked = parameters(kind=kinds, system=system, text=text, limit=limit, cursor=cursor)
        return await self._exchange.get(Page[ResourceEntry], "resources", asked)

    async def resource(self, id_: str) -> ResourceDetail:
        """Return one resource, with what became of the runs that touched it."""
        return await self._exchange.get(ResourceDetail, "resource", parameters(id=id_))

    async def resource_runs(
        self,
        id_: str,
        *,
        types: tuple[StateType, ...] = (),
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[TouchingRun]:
        """Return a page of the runs that touched it, the last one first."""
        asked = parameters(id=id_, state=types, limit=limit, cursor=cursor)
        return await self._exchange.get(Page[TouchingRun], "resource/runs", asked)

    async def resource_events(
        self, id_: str, *, limit: int = 50, cursor: str | None = None
    ) -> Page[LoggedEvent]:
        """Return a page of the events that it is in, newest first."""
        asked = parameters(id=id_, limit=limit, cursor=cursor)
        return await self._exchange.get(Page[LoggedEvent], "resource/events", asked)

    # --- artifacts -------------------------------------------------------------------------------

    async def artifacts(
        self,
        *,
        keys: tuple[str, ...] = (),
        kinds: tuple[ArtifactKind, ...] = (),
        run: UUID | None = None,
        flows: tuple[str, ...] = (),
        latest: bool = False,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[Artifact]:
        """Return a page of artifacts, the newest first; `latest`: of each key the newest only."""
        asked = parameters(key=keys, kind=kinds, run=run, flow=flows, latest=latest)
        page = parameters(limit=limit, cursor=cursor)
        return await self._exchange.get(Page[Artifact], "artifacts", asked + page)

    async def artifact(self, id_: UUID) -> Artifact:
        """Return one artifact; a large body is null here."""
        return await self._exchange.get(Artifact, f"artifacts/{id_}")

    async def artifact_body(self, id_: UUID) -> bytes:
        """Return the body of an artifact, as JSON."""
        return await self._exchange.send("GET", f"artifacts/{id_}/body")

    # --- concurrency limits ----------------------------------------------------------------------

    async def concurrency_limits(self) -> list[ConcurrencyLimit]:
        """Return all concurrency limits, by name."""
        return await self._exchange.get(list[ConcurrencyLimit], "concurrency-limits")

    async def concurrency_limit(self, name: str) -> ConcurrencyLimit:
        """Return one concurrency limit."""
        check_name(name, "concurrency limit")
        return await self._exchange.get(ConcurrencyLimit, f"concurrency-limits/{name}")

    async def set_concurrency_limit(
        self, name: str, limit: int, *, decay: float = 0.0
    ) -> ConcurrencyLimit:
        """Make a concurrency limit, or change it."""
        wanted = {"name": name, "limit": limit, "decay": decay}
        return await self._exchange.post(ConcurrencyLimit, "concurrency-limits", wanted)

    async def delete_concurrency_limit(self, name: str) -> None:
        """Remove a concurrency limit."""
        check_name(name, "concurrency limit")
        await self._exchange.send("DELETE", f"concurrency-limits/{name}")

    async def take_concurrency_slots(
        self,
        names: Sequence[str],
        *,
        slots: int = 1,
        rate: bool = False,
        strict: bool = False,
        emitter: UUID | None = None,
        run: UUID | None = None,
    ) -> Taken:
        """Take slots of all the limits, or of none: the answer says when to ask again."""
        wanted = {
            "names": list(names),
            "slots": slots,
            "rate": rate,
            "strict": strict,
            "emitter": emitter,
            "run": run,
        }
        return await self._exchange.post(Taken, "concurrency-slots", wanted)

    async def renew_concurrency_slots(self, lease: UUID) -> None:
        """Hold slots for longer; raises NotFoundError if they are not held any more."""
        await self._exchange.send("POST", f"concurrency-slots/{lease}/renew")

    async def give_back_concurrency_slots(self, lease: UUID) -> None:
        """Give slots back; raises NotFoundError if they are not held any more."""
        await self._exchange.send("DELETE", f"concurrency-slots/{lease}")

    # --- variables -------------------------------------------------------------------------------

    async def variables(
        self,
        *,
        text: str | None = None,
        tags: tuple[str, ...] = (),
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[Variable]:
        """Return a page of variables, by name."""
        asked = parameters(text=text, tag=tags, limit=limit, cursor=cursor)
        return await self._exchange.get(Page[Variable], "variables", asked)

    async def variable(self, name: str) -> Variable:
        """Return one variable."""
        check_name(name)
        return await self._exchange.get(Variable, f"variables/{name}")

    async def set_variable(
        self, name: str, value: Raw, *, tags: Sequence[str] = (), overwrite: bool = False
    ) -> Variable:
        """Set a variable; raises ConflictError if it is there and not to be overwritten."""
        wanted = {"name": name, "value": value, "tags": list(tags), "overwrite": overwrite}
        return await self._exchange.post(Variable, "variables", wanted)

    async def unset_variable(self, name: str) -> None:
        """Remove a variable."""
        check_name(name)
        await self._exchange.send("DELETE", f"variables/{name}")

    # --- access ----------------------------------------------------------------------------------

    async def keys(self, *, limit: int = 50, cursor: str | None = None) -> Page[Key]:
        """Return a page of the API keys."""
        return await self._exchange.get(Page[Key], "keys", parameters(limit=limit, cursor=cursor))

    async def create_key(
        self, name: str, scopes: Sequence[Scope], *, expires_in: float | None = None
    ) -> NewKey:
        """Make a key; its secret is said this once. `expires_in` is in seconds."""
        wanted = {"name": name, "scopes": list(scopes), "expires_in": expires_in}
        return await self._exchange.post(NewKey, "keys", wanted)

    async def revoke_key(self, id_: UUID) -> None:
        """End a key and its sessions."""
        await self._exchange.send("DELETE", f"keys/{id_}")

    # --- the server ------------------------------------------------------------------------------

    async def health(self) -> Health:
        """Ask whether the process answers."""
        return await self._exchange.get(Health, "health")

    async def ready(self) -> Health:
        """Ask whether the database answers."""
        return await self._exchange.get(Health, "ready")

    async def meta(self) -> Meta:
        """Return what the server is."""
        return await self._exchange.get(Meta, "meta")

    async def prune(self) -> dict[str, int]:
        """Let go now what the retention settings allow; return how many of what went."""
        return await self._exchange.post(dict[str, int], "admin/prune", slow=True)

    async def rebuild(self) -> dict[str, int]:
        """Make anew what is derived from the log, beside serving; return from how many events."""
        return await self._exchange.post(dict[str, int], "admin/rebuild", slow=True)

    async def backup(self, path: str) -> int:
        """Copy the database to a new file on the server's machine; return its size in bytes."""
        made = await self._exchange.post(
            dict[str, int | str], "admin/backup", {"path": path}, slow=True
        )
        return int(made["bytes"])


def _run(kind: RunKind, id_: UUID) -> str:
    return f"{kind.value}s/{id_}"
