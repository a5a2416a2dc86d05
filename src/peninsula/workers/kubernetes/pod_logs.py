"""Keep what the containers of pods print in the logs of their runs, each line once.

Whoever goes on asks the server for the highest number it has, which is the time of a line, and
Kubernetes for the lines after that time. Nothing is kept here.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, TypeAlias

from peninsula.core.errors import ForbiddenError, NotFoundError, PeninsulaError
from peninsula.core.printed import is_marked
from peninsula.kube.cluster import Cluster
from peninsula.workers.kubernetes.bringing import Bringer, Line
from peninsula.workers.kubernetes.watching import REFUSED

__all__ = ["Asked", "PodLog", "parsed"]

PAUSE: Final = 0.25
"""Seconds that lines are gathered for."""

HELD: Final = 4 * 1024**2
"""Characters of lines that are read before others are brought: more wait with Kubernetes."""

MARKED: Final = 2_000
"""Lines at the end of what a process logged that may be lost with it, at most."""

AGAIN: Final = 1.0
"""Seconds until a log that broke off is asked for again."""

_SECOND: Final = "%Y-%m-%dT%H:%M:%S"

_1970: Final = datetime(1970, 1, 1, tzinfo=UTC)


Asked: TypeAlias = Callable[[], bool]
"""Says of a pod or container whether that is so by now."""


def parsed(line: str) -> Line | None:
    """Return a line of a log with times; None for what is none: a message of the kubelet."""
    stamp, _, text = line.partition(" ")
    whole, _, rest = stamp.partition(".")
    digits = rest.rstrip("Z") if rest.endswith("Z") else ""
    try:
        second = datetime.fromisoformat(f"{whole.rstrip('Z')}+00:00")
    except ValueError:
        return None
    nanos = int(digits.ljust(9, "0")[:9]) if digits.isdigit() else 0
    return Line(int((second - _1970).total_seconds()) * 10**9 + nanos, stamp, text)


class PodLog:
    """The log of one life of a container, on its way to the server."""

    def __init__(
        self,
        cluster: Cluster,
        namespace: str,
        bringer: Bringer,
        has_ended: Asked,
        is_gone: Asked,
        forbidden: Callable[[ForbiddenError], None],
    ) -> None:
        """Bring nothing yet. `forbidden` is told, once, that nobody may."""
        self._cluster = cluster
        self._namespace = namespace
        self._bringer = bringer
        self._has_ended = has_ended
        self._is_gone = is_gone
        self._forbidden = forbidden
        self.marked: deque[Line] = deque(maxlen=MARKED)
        """The newest that the process itself tells, if it comes to that."""
        self._lines: list[Line] = []
        self._held = 0
        """Characters of them."""
        self._told = 0
        """Time of the last line that was told before, until a later one is read."""
        self._number = 0
        self._second = ""
        """The newest of which there are lines, and those, which come again after a break."""
        self._lately: Counter[str] = Counter()
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._over = False

    async def run(self) -> None:
        """Bring all of it, until the container has ended or its pod is gone."""
        self._told = self._number = await self._bringer.committed()
        if self._told:
            self._second = datetime.fromtimestamp(self._told // 10**9, UTC).strftime(_SECOND)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._send_on())
            await self._read_on()
            self._over = True
            self._news.set()

    async def _read_on(self) -> None:
        pause = AGAIN
        while True:
            ended = self._has_ended()
            try:
                await self._read()
            except NotFoundError:
                return
            except ForbiddenError as problem:
                if pause != REFUSED:
                    self._forbidden(problem)
                # Of a pod that is gone, too: roles are looked at before it is.
                ended, pause = self._is_gone(), REFUSED
            except PeninsulaError:
                ended = False  # asked too early, or the API server is away
            else:
                pause = AGAIN
            if ended:
                return
            await asyncio.sleep(pause)

    async def _read(self) -> None:
        source, again = self._bringer.source, self._lately.copy()
        since = f"{self._second}Z" if self._second else None
        lines = self._cluster.log(self._namespace, source.pod, source.container, since=since)
        async for text in lines:
            line = parsed(text)
            if line is None:
                continue
            if again[text] > 0:
                again[text] -= 1
                continue
            self._remember(line, text)
            if line.at <= self._told:
                continue
            self._told = 0
            # Of stdout and stderr one may be written later, and have an earlier time.
            self._number = max(line.at, self._number + 1)
            self._keep(line._replace(at=self._number))
            await self._room.wait()

    def _remember(self, line: Line, text: str) -> None:
        second = line.stamp[: len("2026-11-23T01:24:24")]
        if second > self._second:
            self._second, self._lately = second, Counter()
        if second == self._second:
            self._lately[text] += 1

    def _keep(self, line: Line) -> None:
        if is_marked(line.text):
            self.marked.append(line)
        else:
            self._lines.append(line)
            self._held += len(line.text)
            self._news.set()
            if self._held >= HELD:
                self._room.clear()

    async def _send_on(self) -> None:
        while self._lines or not self._over:
            await self._news.wait()
            await asyncio.sleep(PAUSE)
            await self._send()

    async def _send(self) -> None:
        self._news.clear()
        lines, self._lines, self._held = self._lines, [], 0
        self._room.set()
        await self._bringer.bring(lines)
