"""Print what runs logged, and go on as they log more."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from peninsula.cli import moments, output
from peninsula.cli.names import RunNames
from peninsula.core.errors import InvalidError
from peninsula.core.runs import Run

if TYPE_CHECKING:
    from peninsula.client.api import Api
    from peninsula.core.answers import LogEntry, Page

__all__ = ["Labels", "Wanted", "level_of", "new_lines", "paint", "show"]

PAGE: Final = 1000
WIDEST: Final = 24
PAUSE: Final = 0.5
"""Seconds between two questions for more lines."""

_STYLES: Final = {
    "DEBUG": "dim",
    "INFO": "",
    "WARNING": "yellow",
    "ERROR": "red",
    "CRITICAL": "red",
}


class Wanted(NamedTuple):
    """Which lines."""

    level: int | None = None
    text: str | None = None
    below: bool = True
    tail: int | None = None
    """Only so many of those that are there: the newest."""


def level_of(said: str) -> int:
    """Return the number of a level that is named, or written as a number."""
    known = logging.getLevelNamesMapping()
    if said.upper() in known:
        return known[said.upper()]
    if said.isdecimal() and int(said) <= 1000:  # noqa: PLR2004  what a log line may have
        return int(said)
    msg = f"{said!r} is no level. Name one of debug, info, warning, error, critical."
    raise InvalidError(msg)


async def show(api: Api, run: Run, wanted: Wanted, *, follow: bool, as_json: bool) -> None:
    """Print the lines of a run; to follow is to go on until it ends."""
    labels = Labels(api)
    batches = _followed(api, run, wanted) if follow else _present(api, run, wanted)
    printed = False
    async for lines in batches:
        printed = printed or bool(lines)
        if as_json:
            for line in lines:
                output.show_json_line(line)
        else:
            await labels.learn(lines)
            now = datetime.now(UTC)
            sys.stdout.write("".join(paint(line, labels.of(line), now) for line in lines))
            sys.stdout.flush()
    if not printed:
        output.note(_nothing(run, wanted))


def _nothing(run: Run, wanted: Wanted) -> str:
    if wanted.level or wanted.text:
        return f"No line is like that. All of them: peninsula flow-run logs {run.name}"
    return f"{run.name} has logged nothing. Flows log by get_run_logger() or log_prints=True."


# --- which lines ---------------------------------------------------------------------------------


async def _present(api: Api, run: Run, wanted: Wanted) -> AsyncIterator[Sequence[LogEntry]]:
    if wanted.tail is not None:
        yield await _newest(api, run, wanted, wanted.tail)
        return
    cursor = None
    while True:
        page = await _page(api, run, wanted, cursor=cursor)
        yield page.items
        cursor = page.next
        if cursor is None:
            return


async def _newest(api: Api, run: Run, wanted: Wanted, count: int) -> list[LogEntry]:
    found: list[LogEntry] = []
    cursor = None
    while len(found) < count:
        page = await _page(
            api, run, wanted, order="newest", limit=min(count - len(found), PAGE), cursor=cursor
        )
        found += page.items
        cursor = page.next
        if cursor is None:
            break
    return found[::-1]


async def _followed(api: Api, run: Run, wanted: Wanted) -> AsyncIterator[Sequence[LogEntry]]:
    async def over() -> bool:
        return (await api.run(run.id, run.kind)).state.terminal

    async for lines in new_lines(api, run, wanted, over):
        yield lines


class _Place(NamedTuple):
    """How far the lines were read: the last page's cursor, and what of it was given."""

    cursor: str | None
    given: Counter[LogEntry]


async def new_lines(
    api: Api, run: Run, wanted: Wanted, over: Callable[[], Awaitable[bool]]
) -> AsyncIterator[Sequence[LogEntry]]:
    """Give the lines that are there, then those that come, until it is over and all were given."""
    place = _Place(None, Counter())
    tail = wanted.tail
    while True:
        last = await over()
        lines, place = await _beyond(api, run, wanted, place)
        yield lines[-tail:] if tail is not None else lines
        tail = None
        if last:
            return
        await asyncio.sleep(PAUSE)


async def _beyond(
    api: Api, run: Run, wanted: Wanted, place: _Place
) -> tuple[list[LogEntry], _Place]:
    """Return the lines after a place. A line that came late and belongs further up is left out."""
    lines: list[LogEntry] = []
    while True:
        page = await _page(api, run, wanted, cursor=place.cursor)
        fresh = Counter(page.items) - place.given
        for line in page.items:
            if fresh[line]:
                fresh[line] -= 1
                lines.append(line)
        if page.next is None:
            return lines, _Place(place.cursor, Counter(page.items))
        place = _Place(page.next, Counter())


async def _page(
    api: Api,
    run: Run,
    wanted: Wanted,
    *,
    order: str = "oldest",
    limit: int = PAGE,
    cursor: str | None,
) -> Page[LogEntry]:
    return await api.logs(
        run.id,
        run.kind,
        level=wanted.level,
        text=wanted.text,
        below=wanted.below,
        order=order,
        limit=limit,
        cursor=cursor,
    )


# --- how they look -------------------------------------------------------------------------------


class Labels:
    """The names of the runs that lines come from."""

    def __init__(self, api: Api) -> None:
        self._names = RunNames(api)
        self._widest = 0

    async def learn(self, lines: Iterable[LogEntry]) -> None:
        """Ask for the names that are not known yet."""
        await self._names.learn(line.run for line in lines)

    def of(self, line: LogEntry) -> str:
        """Return the name of the line's run, padded so that most messages begin in one column."""
        name = output.plain(self._names.of(line.run) or str(line.run))
        self._widest = max(self._widest, min(len(name), WIDEST))
        return name.ljust(self._widest)


def paint(line: LogEntry, label: str, now: datetime) -> str:
    """Return the line as it is printed, with its end; further lines of its message are indented."""
    level = logging.getLevelName(line.level)
    first, *more = line.message.split("\n")
    begin = (
        f"{output.tint(moments.stamp(line.time, now), 'dim')} "
        f"{output.tint(f'{level:<8}', _STYLES.get(level, ''))} "
        f"{output.tint(label, 'bold')}  {output.plain(first)}\n"
    )
    return begin + "".join(f"    {output.plain(part)}\n" for part in more)
