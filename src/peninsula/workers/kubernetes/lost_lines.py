"""Keep what a process had logged and could not tell any more, as its container has printed it.

A process that is killed takes with it what it logged last: its journal was in its pod. What it
showed of that is in the container's log, marked as told, so it is left out there. Here the end of
it is compared with the log of the run.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

from peninsula.core.printed import unmarked
from peninsula.workers.kubernetes.bringing import Bringer, Line
from peninsula.workers.kubernetes.pod_logs import Asked

__all__ = ["Logged", "keep_lost", "missing"]

LOOK: Final = 1.0
"""Seconds between two looks at whether a pod is over."""

SETTLING: Final = 2.0
"""Seconds until what a process or a sidecar told last may be in the log."""

SLACK: Final = timedelta(seconds=5)
"""By how much a line may be printed later than it was logged."""

COMPARED: Final = 1_000
"""Characters: the log cuts lines that are very long."""

Logged: TypeAlias = Callable[[datetime], Awaitable[list[str]]]
"""Gives the messages in the log of the run since then."""


async def keep_lost(
    bringer: Bringer, marked: Sequence[Line], is_over: Asked, logged: Logged
) -> None:
    """Keep what is missing in the log of those lines of a container, once its pod is over.

    `bringer` is for what was lost.
    """
    if not marked:
        return
    while not is_over():  # noqa: ASYNC110  a sidecar may tell what is left, and nobody is in a hurry
        await asyncio.sleep(LOOK)
    await asyncio.sleep(SETTLING)
    since = datetime.fromtimestamp(marked[0].at // 10**9, UTC) - SLACK
    lost = missing(marked, await logged(since))
    known = await bringer.committed()
    for level, lines in _by_level([line for line in lost if line.at > known]):
        await bringer.bring(lines, level)


def missing(marked: Sequence[Line], logged: Iterable[str]) -> list[Line]:
    """Return the lines that no message has, without their marks; each message counts once."""
    known = Counter(line[:COMPARED] for message in logged for line in message.split("\n"))
    found = []
    for line in marked:
        text = unmarked(line.text)
        said = next((each for each in _messages(text) if known[each] > 0), None)
        if said is None:
            found.append(line._replace(text=text))
        else:
            known[said] -= 1
    return found


def _messages(text: str) -> Iterator[str]:
    """Give what the message of a printed line may be: all of it, or what follows a name."""
    yield text[:COMPARED]
    yield _HEAD.sub("", text)[:COMPARED]
    for gap in re.finditer(r" {2,}", text):
        # A message may begin with spaces, and what stands before one may be filled up by some.
        for begin in (gap.start() + 2, gap.end()):
            yield text[begin : begin + COMPARED]


_HEAD: Final = re.compile(r"^\d\d:\d\d:\d\d\.\d{3} ([A-Z]+) +")
"""When a line was logged, and its level: its row in the log says both."""


def _by_level(lines: Iterable[Line]) -> Iterator[tuple[int, list[Line]]]:
    """Give neighbours of one level without its name; lines of a traceback have the one before."""
    levels = logging.getLevelNamesMapping()
    level, group = logging.INFO, list[Line]()
    for line in lines:
        named = _HEAD.match(line.text)
        of_line = levels.get(named[1], level) if named else level
        if group and of_line != level:
            yield level, group
            group = []
        level = of_line
        group.append(line._replace(text=_HEAD.sub("", line.text)))
    if group:
        yield level, group
