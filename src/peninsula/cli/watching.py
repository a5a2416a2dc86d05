"""Follow a run until it ends: the stream says which runs changed, and they are asked for again."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from peninsula.cli import find, logs, views
from peninsula.cli.tree import Forest
from peninsula.cli.views import View
from peninsula.core.errors import UnavailableError
from peninsula.core.filters import EventFilter, RunFilter
from peninsula.core.resources import run_uuid
from peninsula.core.runs import Run, RunKind
from peninsula.core.states import StateType

if TYPE_CHECKING:
    from peninsula.client.api import Api
    from peninsula.core.answers import LoggedEvent

__all__ = ["watch"]

AT_ONCE: Final = 100
"""Runs asked for in one question: their ids are part of an address."""

PAUSE: Final = 1.0
"""Seconds before a lost stream is asked for again."""

TICK: Final = 0.25
"""Seconds between two looks at the clock, while durations run."""

_NAMES: Final = ("peninsula.flow-run.*", "peninsula.task-run.*")


async def watch(api: Api, said: str, *, with_logs: bool, as_json: bool) -> StateType:
    """Show the run meant until it ends, and return the type of its last state."""
    run = await find.find_flow_run(api, said)
    since = await _end_of_log(api)
    forest = Forest(run.id)
    loaded = await _load(api, forest, run.id)
    over = _over(forest)
    if api.server is None and not over:
        raise _unseen(run)
    with _ended_by_signal(), views.view(forest, as_json=as_json, live=not over) as view:
        view.changed(loaded)
        if not over:
            await _together(api, forest, run, since, view, with_logs=with_logs)
        elif with_logs:
            await _show_logs(api, run, forest, view)
    return forest.runs[run.id].state.type


@contextmanager
def _ended_by_signal() -> Iterator[None]:
    """Leave the terminal as it was at SIGTERM, too; the exit code is the one shells give it."""
    watching = asyncio.current_task()
    assert watching is not None  # noqa: S101  a coroutine is in one
    loop, ended = asyncio.get_running_loop(), asyncio.Event()

    def end() -> None:
        ended.set()
        watching.cancel()

    loop.add_signal_handler(signal.SIGTERM, end)
    try:
        yield
    except asyncio.CancelledError:
        if ended.is_set():
            raise SystemExit(128 + signal.SIGTERM) from None
        raise
    finally:
        loop.remove_signal_handler(signal.SIGTERM)


def _over(forest: Forest) -> bool:
    return forest.top is not None and forest.top.state.terminal


def _unseen(run: Run) -> UnavailableError:
    return UnavailableError(
        f"{run.name} is {run.state.name}, and without a server nobody hears how it goes on. "
        'Start one with "peninsula server start", and watch again.'
    )


async def _end_of_log(api: Api) -> int:
    page = await api.events(limit=1)
    return page.items[0].position if page.items else 0


async def _load(api: Api, forest: Forest, root: UUID) -> list[Run]:
    loaded: list[Run] = []
    cursor = None
    while True:
        page = await api.tree(root, limit=2000, cursor=cursor)
        loaded += page.items
        cursor = page.next
        if cursor is None:
            break
    for run in loaded:
        forest.put(run)
    return loaded


async def _together(
    api: Api, forest: Forest, run: Run, since: int, view: View, *, with_logs: bool
) -> None:
    over = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_tick(over, view))
        if with_logs:
            tasks.create_task(_show_logs(api, run, forest, view))
        await _follow(api, forest, run.id, since, view)
        over.set()


async def _tick(over: asyncio.Event, view: View) -> None:
    while not over.is_set():
        view.tick(datetime.now(UTC))
        try:
            await asyncio.wait_for(over.wait(), TICK)
        except TimeoutError:
            continue


async def _show_logs(api: Api, run: Run, forest: Forest, view: View) -> None:
    async def over() -> bool:
        return _over(forest)

    labels = logs.Labels(api)
    async for lines in logs.new_lines(api, run, logs.Wanted(), over):
        await labels.learn(lines)
        now = datetime.now(UTC)
        view.said([logs.paint(line, labels.of(line), now) for line in lines])


async def _follow(api: Api, forest: Forest, root: UUID, since: int, view: View) -> None:
    wanted = EventFilter(names=_NAMES, run=root)
    while not _over(forest):
        try:
            async with aclosing(api.stream(wanted, since=since)) as batches:
                async for batch in batches:
                    view.changed(await _refresh(api, forest, batch.events))
                    since = batch.position
                    if _over(forest):
                        return
        except UnavailableError as problem:
            view.lost(problem)
            await asyncio.sleep(PAUSE)


async def _refresh(api: Api, forest: Forest, batch: Sequence[LoggedEvent]) -> list[Run]:
    changed: list[Run] = []
    for kind in RunKind:
        ids = _about(kind, batch)
        for start in range(0, len(ids), AT_ONCE):
            wanted = RunFilter(kind=kind, ids=tuple(ids[start : start + AT_ONCE]))
            changed += (await api.runs(wanted, limit=AT_ONCE)).items
    changed.sort(key=lambda run: run.state.timestamp)
    for run in changed:
        forest.put(run)
    return changed


def _about(kind: RunKind, batch: Iterable[LoggedEvent]) -> list[UUID]:
    found = (run_uuid(event.resource.id) for event in batch)
    return list(dict.fromkeys(UUID(said[1]) for said in found if said and said[0] == kind.value))
