"""Bring lines that containers print to the server, in batches that it takes.

What a container prints has an emitter of its own, made of its pod, its name and its restart. The
number of a record is the time of its last line, in ns.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final, NamedTuple, Protocol
from uuid import UUID, uuid5

from msgspec import Raw, structs

from peninsula.core import codec
from peninsula.core.errors import PeninsulaError, TooLargeError, UnavailableError
from peninsula.core.ids import NAMESPACE
from peninsula.core.printed import BY_POD
from peninsula.core.records import PROTOCOL, Batch, LogLine, LogRecord, Process
from peninsula.core.version import VERSION
from peninsula.journal import lines as log_lines
from peninsula.journal import masking
from peninsula.workers.insistence import insist

__all__ = ["Bringer", "Line", "Server", "Source"]

SHORT: Final = 256
"""Bytes of a line that is not cut any more."""


class Server(Protocol):
    """Where lines go."""

    async def committed(self, emitter: UUID) -> int:
        """Return the highest number of an emitter that is in the log; 0 is none."""

    async def take(self, batch: Batch) -> None:
        """Bring a batch there, however long that takes."""


class Source(NamedTuple):
    """One life of one container."""

    pod: str
    uid: str
    container: str
    restart: int
    node: str
    run: UUID
    root: UUID
    told_as: str = ""
    """What of it is told, where that is not what it only printed."""

    @property
    def of_lost(self) -> Source:
        """What its process had logged and could not tell: later than what it printed after that."""
        return self._replace(told_as=" lost")

    @property
    def emitter(self) -> UUID:
        """By which its lines are told, whoever tells them."""
        return uuid5(NAMESPACE, f"{self.uid} {self.container} {self.restart}{self.told_as}")

    def process(self) -> Process:
        """Return what the emitter says of itself."""
        return Process(
            emitter=self.emitter,
            host=self.node,
            user="",
            pid=0,
            boot="",
            started=0,
            version=VERSION,
            command=f"{self.pod}/{self.container}/{self.restart}",
        )


class Line(NamedTuple):
    """A line that was printed."""

    at: int
    """ns since 1970."""
    stamp: str
    """The same, as Kubernetes writes it."""
    text: str


class Bringer:
    """Brings the lines of one source, each once, the oldest first."""

    def __init__(self, source: Source, server: Server, say: Callable[[str], None]) -> None:
        """Bring nothing yet. `say` is told, once, that something is refused."""
        self.source = source
        self._server = server
        self._say = say
        self._has_said = False

    async def committed(self) -> int:
        """Return the highest number that the server has; 0 is none."""
        return await self._server.committed(self.source.emitter)

    async def bring(self, lines: Sequence[Line], level: int = logging.INFO) -> None:
        """Bring lines there, however long that takes.

        What the server refuses for good is halved until it is one line, which is cut, and let go
        where that is of no use: it is not to hold what comes after it.
        """
        told, done = [_told(line, self.source, level) for line in lines], 0
        for some in log_lines.in_records(told):
            numbers = [line.at for line in lines[done : done + len(some)]]
            await self._bring(list(zip(numbers, some, strict=True)))
            done += len(some)

    async def _bring(self, some: list[tuple[int, LogLine]]) -> None:
        try:
            await self._take(some[-1][0], *(line for _, line in some))
        except UnavailableError:
            raise
        except PeninsulaError as problem:
            if len(some) == 1:
                await self._bring_less(*some[0], problem)
                return
            half = len(some) // 2
            await self._bring(some[:half])
            await self._bring(some[half:])

    async def _bring_less(self, number: int, line: LogLine, problem: PeninsulaError) -> None:
        # Is it the line, or would the server take no batch of this worker now?
        await insist(partial(self._take, number - 1), self._is_refusal)
        for message in _shorter(line.message):
            try:
                await self._take(number, structs.replace(line, message=message))
            except TooLargeError as again:
                problem = again
            except UnavailableError:
                raise
            except PeninsulaError as again:
                problem = again
                break
            else:
                return
        self._say_once(problem)
        await insist(partial(self._take, number), self._is_refusal)

    async def _take(self, number: int, *lines: LogLine) -> None:
        """Bring a batch up to a number; without lines, nothing is there up to it."""
        source = self.source
        record = LogRecord(
            number=number, stamp=number // 1000, run=source.run, root=source.root, lines=lines
        )
        first = number if lines else number + 1
        batch = Batch(
            protocol=PROTOCOL,
            process=source.process(),
            first=first,
            records=[Raw(codec.encode(record))] if lines else [],
            # Numbers are times: those between two lines are of nothing.
            lost_before=first - 1,
        )
        await self._server.take(batch)

    def _is_refusal(self, problem: Exception) -> bool:
        if isinstance(problem, UnavailableError) or not isinstance(problem, PeninsulaError):
            return False
        self._say_once(problem)
        return True

    def _say_once(self, problem: PeninsulaError) -> None:
        if not self._has_said:
            self._has_said = True
            self._say(f"The server refuses some of what is printed: {problem.message}")


def _told(line: Line, source: Source, level: int) -> LogLine:
    return masking.in_line(
        LogLine(
            time=line.at // 1000,
            level=level,
            logger=f"{BY_POD}.{source.container}",
            message=line.text.rstrip("\r"),
        )
    )


def _shorter(text: str) -> Iterator[str]:
    """Give a text, and then less and less of it."""
    yield text
    size = len(text.encode())
    while size > SHORT:
        size //= 2
        yield log_lines.cut(text, size)
