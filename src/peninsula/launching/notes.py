"""Keep in the home which processes run which runs, for whoever comes after this one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import msgspec
from msgspec import Struct

from peninsula.core import codec
from peninsula.core.work import Job

__all__ = ["Note", "Notes"]


class Note(Struct, frozen=True, kw_only=True):
    """One process of one run."""

    job: Job
    """Without its key."""
    pid: int
    began: str
    process: UUID
    """What its events are about: `peninsula.process.<uuid>`."""
    follows: UUID
    """The event that told of its start."""
    offset: int = 0
    lines: int = 0
    """As much of its output as was told."""


class Notes:
    """The notes of one worker: a file for each process, beside the file of its output."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def open(self) -> None:
        """Make the folder: for this user alone."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def output(self, job: Job) -> Path:
        """Return where the process of a run prints to."""
        return self._folder / f"{job.run}-{job.start}.out"

    def scratch(self, job: Job) -> Path:
        """Return the folder of a run that brings its code with it."""
        return self._folder / f"{job.run}-{job.start}"

    def _path(self, job: Job) -> Path:
        return self._folder / f"{job.run}-{job.start}.json"

    def write(self, note: Note) -> None:
        """Write a note, in place of the one before."""
        path = self._path(note.job)
        draft = path.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_bytes(codec.encode(note))
        draft.replace(path)

    def read(self) -> Iterator[Note]:
        """Give the notes that are there."""
        for path in sorted(self._folder.glob("*.json")):
            with suppress(OSError, msgspec.MsgspecError):
                yield msgspec.json.decode(path.read_bytes(), type=Note)

    def remove(self, job: Job) -> None:
        """Remove what is kept of a process that is over."""
        from shutil import rmtree  # noqa: PLC0415  weight: few runs have a folder

        for path in (self._path(job), self.output(job)):
            with suppress(OSError):
                path.unlink(missing_ok=True)
        if self.scratch(job).exists():
            rmtree(self.scratch(job), ignore_errors=True)

    @property
    def folder(self) -> str:
        """Where they are."""
        return os.fspath(self._folder)
