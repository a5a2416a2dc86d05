"""Show events: many as a table or as they come, one with all it says."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

import msgspec
from msgspec import structs

from peninsula.cli import moments, output
from peninsula.cli.names import RunNames
from peninsula.cli.output import Column
from peninsula.core.answers import LoggedEvent
from peninsula.core.errors import UnavailableError
from peninsula.core.resources import OWN, kind_of, run_uuid

if TYPE_CHECKING:
    from rich.text import Text

    from peninsula.client.api import Api
    from peninsula.core.events import Related, Resource
    from peninsula.core.filters import EventFilter

__all__ = ["Called", "names_in", "show_details", "show_table", "tail", "with_names"]

PAUSE: Final = 1.0
"""Seconds before a lost stream is asked for again."""

NAME: Final = 36
"""Columns that the name of an event gets before its resource has to give way."""
_STYLES: Final = {"failed": "red", "crashed": "red", "timed-out": "red", "cancelled": "yellow"}


class Called:
    """How resources are called: by kind and name if they are ours, else by their id."""

    def __init__(self, api: Api) -> None:
        self._names = RunNames(api)

    async def learn(self, events: Iterable[LoggedEvent]) -> None:
        """Ask for the names of runs that do not tell theirs: only their first events do."""
        await self._names.learn(
            UUID(run[1])
            for event in events
            if event.resource.name is None and (run := run_uuid(event.resource.id))
        )

    def __call__(self, resource: Resource) -> str:
        """Return what it is called."""
        run = run_uuid(resource.id)
        name = resource.name or (self._names.of(UUID(run[1])) if run else None)
        if name is None or not resource.id.startswith(OWN):
            return resource.id
        return f"{kind_of(resource.id)} {name}"


async def with_names(api: Api, events: Sequence[LoggedEvent]) -> Called:
    """Return how the resources of these events are called."""
    called = Called(api)
    await called.learn(events)
    return called


def show_table(events: Sequence[LoggedEvent], called: Called, now: datetime) -> None:
    """Print a line for each event."""
    rows = [
        (
            str(event.position),
            moments.stamp(event.occurred, now),
            _name(event.event),
            called(event.resource),
        )
        for event in events
    ]
    longest = max(len(event.event) for event in events)
    columns = (
        Column("POSITION", right=True),
        Column("OCCURRED"),
        Column("EVENT", flexible=longest > NAME),
        Column("RESOURCE", flexible=True),
    )
    output.show_table(columns, rows)


def _name(name: str) -> Text:
    return output.text(name, _STYLES.get(name.rpartition(".")[2], ""))


# --- as they come --------------------------------------------------------------------------------


async def tail(api: Api, wanted: EventFilter, after: int | None, *, as_json: bool) -> None:
    """Print events as they come, for good; a lost stream is taken up where it was."""
    if api.server is None:
        msg = (
            "No server is running, so no events come in. "
            'Start one with "peninsula server start"; what happened so far: "peninsula event ls".'
        )
        raise UnavailableError(msg)
    if after is None:
        after = await _end_of_log(api)
    wanted = structs.replace(wanted, since=None)
    called = Called(api)
    while True:
        try:
            async with aclosing(api.stream(wanted, since=after)) as batches:
                async for batch in batches:
                    await called.learn(() if as_json else batch.events)
                    _show_lines(batch.events, called, as_json=as_json)
                    after = batch.position
        except UnavailableError as problem:
            output.warn(f"{problem.message} Going on after position {after} …")
            await asyncio.sleep(PAUSE)


async def _end_of_log(api: Api) -> int:
    page = await api.events(limit=1)
    return page.items[0].position if page.items else 0


def _show_lines(batch: Sequence[LoggedEvent], called: Called, *, as_json: bool) -> None:
    now = datetime.now(UTC)
    for event in batch:
        if as_json:
            output.show_json_line(event)
            continue
        style = _STYLES.get(event.event.rpartition(".")[2], "")
        line = (
            f"{event.position:>8}  {output.tint(moments.stamp(event.occurred, now), 'dim')}  "
            f"{output.tint(output.plain(event.event), style)}  "
            f"{output.plain(called(event.resource))}"
        )
        print(line, flush=True)  # noqa: T201  many lines, one by one


# --- one event -----------------------------------------------------------------------------------


async def names_in(api: Api, event: LoggedEvent) -> RunNames:
    """Return the names of the runs that an event tells of by id."""
    names = RunNames(api)
    said = map(run_uuid, (event.resource.id, *(one.id for one in event.related)))
    about = [UUID(run[1]) for run in said if run]
    await names.learn(run for run in (event.run, event.root, *about) if run is not None)
    return names


def show_details(event: LoggedEvent, names: RunNames) -> None:
    """Print all that an event says."""
    related = [f"{one.role}: {_resource(one, names)}" for one in event.related]
    output.show_fields(
        [
            ("event", _name(event.event)),
            ("id", str(event.id)),
            ("position", str(event.position)),
            ("occurred", f"{moments.clock(event.occurred)} ({_ago(event.occurred)})"),
            ("about", _resource(event.resource, names)),
            ("related", "\n".join(related) or None),
            ("follows", str(event.follows) if event.follows else None),
            ("run", _named(event.run, names)),
            ("root", _named(event.root, names) if event.root != event.run else None),
            ("emitter", f"{event.emitter}, record {event.number}" if event.emitter else None),
        ]
    )
    payload = bytes(event.payload)
    if payload != b"{}":
        output.show("")
        output.show(output.block(msgspec.json.format(payload).decode()))


def _named(run: UUID | None, names: RunNames) -> str | None:
    if run is None:
        return None
    name = names.of(run)
    return f"{run} ({name})" if name else str(run)


def _ago(then: datetime) -> str:
    return moments.ago(then, datetime.now(UTC))


def _resource(resource: Resource | Related, names: RunNames) -> str:
    run = run_uuid(resource.id)
    name = resource.name or (names.of(UUID(run[1])) if run else None)
    labels = "".join(f"\n  {key}={value}" for key, value in resource.labels.items())
    return f"{resource.id}{f' ({name})' if name else ''}{labels}"
