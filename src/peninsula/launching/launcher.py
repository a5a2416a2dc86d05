"""Run flow runs in processes of this machine, from their start to the word of how they ended."""

from __future__ import annotations

import asyncio
import logging
import os
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

from msgspec import Struct, structs

from peninsula.core import codec
from peninsula.core.events import Resource
from peninsula.core.resources import own
from peninsula.core.work import COMMAND, PROCESS_ID, RUN_ID, RUN_START, UNREACHED, Job
from peninsula.launching.child import Child
from peninsula.launching.exits import Exit
from peninsula.launching.narrator import Narrator
from peninsula.launching.notes import Note, Notes
from peninsula.launching.output import Output

__all__ = ["Launched", "Launcher"]

LOOK: Final = 0.5
"""Seconds between two looks at what a process prints, and at its memory."""

_OWN: Final = ("PENINSULA_ENCRYPTION_KEY", "PENINSULA_ENCRYPTION_KEYS", "PENINSULA_DATABASE_URL")
"""What is a server's, and no run's."""


class Launched(Struct, frozen=True):
    """How the process of a run came to its end."""

    message: str
    """Why the run is Crashed, if it has not told how it ended."""
    follows: UUID | None
    """The event that says so."""
    well: bool = False
    """It ended by itself with exit code 0, or nobody can say: it may have told its own end."""
    explains: bool = False
    """The message says why, also to a process that told of the signal that it got."""
    unreached: bool = False
    """It ended with the exit code `UNREACHED`: what it did not begin is given back."""
    untold: str | None = None
    """What it left to be said, where no server took how the run ended."""


class Launcher:
    """The processes that this one has started, or taken back."""

    def __init__(self, folder: Path, *, streams: bool = False) -> None:
        """Keep notes in that folder; `streams`: show here what they print."""
        self._notes = Notes(folder)
        self._notes.open()
        self._streams = streams
        self._children: dict[UUID, Child] = {}
        """By the claims of their jobs."""

    def left(self) -> Iterator[Job]:
        """Give the runs whose processes an earlier process has started."""
        for note in self._notes.read():
            if note.job.claimed not in self._children:
                yield note.job

    async def run(self, job: Job, narrator: Narrator) -> Launched:
        """Start a process for a run, and wait for its end."""
        process = uuid4()
        about = _resource(process, job)
        configuration = codec.decode(dict[str, Any], job.configuration)
        command = _command(configuration)
        folder = self._folder(job, configuration)
        created = narrator.tell(
            own("process", "created"),
            about,
            {"command": shlex.join(command), "folder": str(folder), "start": job.start},
            follows=job.claimed,
        )
        try:
            child = Child.start(
                command, _environment(job, process, configuration), folder, self._notes.output(job)
            )
        except OSError as problem:
            self._notes.remove(job)
            msg = (
                f"The process of the run could not be started: {problem}. Correct `command` or"
                " `working_dir` in the job variables."
            )
            return Launched(msg, created)
        started = narrator.tell(
            own("process", "started"), about, {"pid": child.pid}, follows=created
        )
        narrator.say(f"Started process {child.pid}.")
        note = Note(
            job=structs.replace(job, key=None),
            pid=child.pid,
            began=child.began,
            process=process,
            follows=started,
        )
        return await self._attend(note, child, narrator)

    async def take_back(self, job: Job, narrator: Narrator) -> Launched:
        """Watch over a process that an earlier one has started, to its end."""
        note = next(note for note in self._notes.read() if note.job.claimed == job.claimed)
        child = Child.again(note.pid, note.began)
        if child is not None:
            narrator.say(f"Took process {note.pid} back.")
            return await self._attend(note, child, narrator)
        self._tell_output(Output(self._notes.output(job), note.offset, note.lines), narrator)
        return self._told(note, Exit(seconds=0.0, watched=False), narrator)

    async def stop(self, job: Job) -> None:
        """End the process of a job, with all that it has started."""
        if (child := self._children.get(job.claimed)) is not None:
            await child.stop()

    # --- what becomes of one ---------------------------------------------------------------------

    async def _attend(self, note: Note, child: Child, narrator: Narrator) -> Launched:
        self._children[note.job.claimed] = child
        output = Output(self._notes.output(note.job), note.offset, note.lines)
        try:
            self._notes.write(note)
            ending = asyncio.create_task(child.wait())
            while not ending.done():
                await asyncio.wait({ending}, timeout=LOOK)
                if self._print(output.read_on(), narrator):
                    told = structs.replace(note, offset=output.offset, lines=output.lines)
                    self._notes.write(told)
            self._tell_output(output, narrator)
            return self._told(note, ending.result(), narrator)
        finally:
            del self._children[note.job.claimed]

    def _print(self, lines: list[str], narrator: Narrator) -> bool:
        narrator.lines(lines)
        if self._streams:
            for line in lines:
                print(line, flush=True)  # noqa: T201  the pool asks for it
        return bool(lines)

    def _tell_output(self, output: Output, narrator: Narrator) -> None:
        self._print(output.close(), narrator)

    def _told(self, note: Note, ended: Exit, narrator: Narrator) -> Launched:
        about = _resource(note.process, note.job)
        follows = note.follows
        if ended.out_of_memory is not None:
            payload = {"evidence": ended.out_of_memory, "peak_memory": ended.peak_memory}
            follows = narrator.tell(
                own("process", "out-of-memory"), about, payload, follows=follows
            )
        follows = narrator.tell(own("process", "exited"), about, ended.told, follows=follows)
        message = f"The process {ended}"
        narrator.say(message, _level(ended))
        self._notes.remove(note.job)
        well = ended.well or not ended.known
        return Launched(message, follows, well, unreached=ended.code == UNREACHED)

    def _folder(self, job: Job, configuration: dict[str, Any]) -> Path | None:
        given = configuration.get("working_dir")
        if given:
            return Path(str(given)).expanduser()
        if job.path is None and bytes(job.pull_steps) != b"[]":
            scratch = self._notes.scratch(job)
            scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
            return scratch
        return None


def _level(ended: Exit) -> int:
    if ended.known:
        return logging.INFO if ended.well else logging.ERROR
    return logging.INFO if ended.watched else logging.WARNING


def _resource(process: UUID, job: Job) -> Resource:
    """Return what events are about that tell of the process of a run."""
    return Resource(id=own("process", process), name=f"{os.uname().nodename}:{job.name}")


def _command(configuration: dict[str, Any]) -> list[str]:
    given = configuration.get("command")
    if not given:
        return [sys.executable, *COMMAND]
    return shlex.split(given) if isinstance(given, str) else [str(part) for part in given]


def _environment(job: Job, process: UUID, configuration: dict[str, Any]) -> dict[str, str]:
    environment = {key: value for key, value in os.environ.items() if key not in _OWN}
    for key, value in (configuration.get("env") or {}).items():
        environment.pop(str(key), None)
        if value is not None:
            environment[str(key)] = str(value)
    environment |= {
        RUN_ID: str(job.run),
        RUN_START: str(job.start),
        PROCESS_ID: str(process),
        "PENINSULA_LOG_TO_TERMINAL": "false",
        "PYTHONUNBUFFERED": "1",
    }
    if job.key is not None:
        environment["PENINSULA_API_KEY"] = job.key
    return environment
