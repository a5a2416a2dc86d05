"""Put aside what a server refused, so that it is not lost, and say so in the log."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from msgspec import Raw, Struct

from peninsula.core import codec
from peninsula.core.errors import PeninsulaError
from peninsula.core.events import Event, Resource
from peninsula.core.ids import uuid7
from peninsula.core.records import EventRecord, Process
from peninsula.core.resources import own
from peninsula.journal.drops import Kind
from peninsula.journal.home import FILE_MODE, private_folder
from peninsula.journal.tape import Tape

__all__ = ["EVENT", "Reject", "put_aside"]

EVENT: Final = "peninsula.process.record-rejected"

_log = logging.getLogger("peninsula.journal")


class Reject(NamedTuple):
    """A record that a server did not take, and why."""

    number: int
    code: str
    message: str
    body: bytes


class _Line(Struct, frozen=True, kw_only=True):
    number: int
    code: str
    message: str
    record: str


class _Payload(Struct, frozen=True, kw_only=True):
    count: int
    number: int
    code: str
    message: str


def put_aside(folder: Path, tape: Tape, process: Process, refused: Sequence[Reject]) -> None:
    """Write the records to `<emitter>.jsonl` in the folder, and an event of it to the tape.

    What cannot be written is logged: the flow goes on.
    """
    if not refused:
        return
    try:
        _write(folder, process, refused)
    except (OSError, PeninsulaError) as problem:
        _log.warning("Records that the server refused could not be put aside: %s", problem)
    # A refused event of this name is not told by another one, which would be refused as well.
    told = [each for each in refused if EVENT.encode() not in each.body]
    if told:
        event = _event(process, told)
        tape.append(
            Kind.EVENT, lambda number, stamp: EventRecord(number=number, stamp=stamp, event=event)
        )


def _write(folder: Path, process: Process, refused: Sequence[Reject]) -> None:
    private_folder(folder)
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
    file = os.open(folder / f"{process.emitter}.jsonl", flags, FILE_MODE)
    try:
        for each in refused:
            line = _Line(
                number=each.number,
                code=each.code,
                message=each.message,
                record=each.body.decode("utf-8", "backslashreplace"),
            )
            os.write(file, codec.encode(line) + b"\n")
    finally:
        os.close(file)


def _event(process: Process, refused: Sequence[Reject]) -> Event:
    now = time.time_ns() // 1000
    first = refused[0]
    payload = _Payload(
        count=len(refused), number=first.number, code=first.code, message=first.message
    )
    return Event(
        id=uuid7(now, os.urandom(8)),
        occurred=datetime.fromtimestamp(now / 1e6, UTC),
        event=EVENT,
        resource=Resource(id=own("process", process.emitter), name=f"{process.host}:{process.pid}"),
        payload=Raw(codec.encode(payload)),
    )
