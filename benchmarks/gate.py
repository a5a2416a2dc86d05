"""Stand before a server and do to its callers what servers do on bad days."""

from __future__ import annotations

import asyncio
import threading
from asyncio import StreamReader, StreamWriter
from enum import Enum
from typing import Final, Self

from benchmarks.servers import free_port

__all__ = ["SLOW", "Gate", "Mood"]

SLOW: Final = 2.0
"""Seconds by which a slow server's answers are late."""

CHUNK: Final = 65_536

ERROR: Final = (
    b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\n"
    b"Content-Length: 53\r\n\r\n"
    b'{"code": "internal", "message": "gate", "details":{}}'
)


class Mood(Enum):
    """What happens to those who call."""

    WELL = "passes on"
    ERROR = "answers 500"
    HANG = "hangs"
    SLOW = "is slow"


class Gate:
    """Listens on a port of its own, in a thread; what passes goes to the server behind."""

    def __init__(self, behind: int) -> None:
        """Stand before that port."""
        self.port = free_port()
        self._behind = behind
        self._mood = Mood.WELL
        self._open: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._listening = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        """Listen."""
        self._thread.start()
        self._listening.wait()
        return self

    def __exit__(self, *_: object) -> None:
        """Close all connections and stop listening."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def be(self, mood: Mood) -> None:
        """Change the mood, and drop whoever is connected in the old one."""
        self._mood = mood
        self._loop.call_soon_threadsafe(self._drop)

    def _run(self) -> None:
        self._loop.run_until_complete(asyncio.start_server(self._meet, "127.0.0.1", self.port))
        self._listening.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._end())
        self._loop.close()

    def _drop(self) -> None:
        for task in self._open:
            task.cancel()

    async def _end(self) -> None:
        self._drop()
        await asyncio.gather(*self._open)

    async def _meet(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  a server's callback runs in one
        self._open.add(task)
        try:
            await self._treat(reader, writer)
        except (OSError, EOFError, asyncio.CancelledError):
            pass  # they left, or the mood changed
        finally:
            self._open.discard(task)
            writer.close()

    async def _treat(self, reader: StreamReader, writer: StreamWriter) -> None:
        match self._mood:
            case Mood.ERROR:
                await _answer_errors(reader, writer)
            case Mood.HANG:
                while await reader.read(CHUNK):
                    pass
            case Mood.WELL | Mood.SLOW:
                await self._pass(reader, writer)

    async def _pass(self, reader: StreamReader, writer: StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._behind)
        late = SLOW if self._mood is Mood.SLOW else 0.0
        try:
            await asyncio.gather(_pump(reader, back, 0.0), _pump(there, writer, late))
        finally:
            back.close()


async def _answer_errors(reader: StreamReader, writer: StreamWriter) -> None:
    while head := await reader.readuntil(b"\r\n\r\n"):
        lines = head.lower().split(b"\r\n")
        length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
        await reader.readexactly(length)
        writer.write(ERROR)
        await writer.drain()


async def _pump(reader: StreamReader, writer: StreamWriter, late: float) -> None:
    while chunk := await reader.read(CHUNK):
        await asyncio.sleep(late)
        writer.write(chunk)
        await writer.drain()
    writer.close()
