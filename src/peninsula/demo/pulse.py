"""Keep alive what is there at the end of a history, as long as the demo is served."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread
from typing import Final

from msgspec import Raw

from peninsula.client.destination import destination
from peninsula.client.port import Port
from peninsula.core import codec
from peninsula.core.errors import PeninsulaError, UnavailableError
from peninsula.core.events import Event as Told
from peninsula.core.events import Resource
from peninsula.core.home import Home
from peninsula.core.records import Command
from peninsula.core.resources import own
from peninsula.core.runs import RunKind, StateChange, state_event
from peninsula.core.settings import Settings
from peninsula.core.states import StateType
from peninsula.demo.home import Note, Staying
from peninsula.journal.control import Control
from peninsula.journal.emitter import Emitter
from peninsula.sdk.telling import reports

__all__ = ["beating"]

TIMEOUT: Final = 10.0
"""Seconds that a call for commands may take beyond its wait, or a heartbeat."""

BEAT: Final = 20.0
"""Seconds from one heartbeat of a worker to the next."""

SOON: Final = 0.3
"""Seconds after which the server is looked for again."""


@contextmanager
def beating(note: Note, home: Home) -> Iterator[None]:
    """Renew the lease of the process that still runs, and cancel its runs if asked to.

    The workers that are there have their heartbeats. Without that the server would find after a
    minute that nothing is heard of them.
    """
    settings = Settings(home=str(home.path))

    def port() -> Port:
        return Port(lambda: destination(settings, home), TIMEOUT)

    with _controlled(note, settings, port()), _alive(note.workers, port()):
        yield


@contextmanager
def _controlled(note: Note, settings: Settings, port: Port) -> Iterator[None]:
    journal = Emitter(settings)

    def obey(command: Command) -> None:
        if command.action == "cancel":
            _tell_cancelled(journal, command)

    control = Control(note.process, port, journal.observe, dict.fromkeys(note.unended, obey))
    control.start()
    try:
        yield
    finally:
        control.stop()
        journal.close(0)


@contextmanager
def _alive(workers: Sequence[Staying], port: Port) -> Iterator[None]:
    over = Event()
    beats = Thread(target=_beat, args=(workers, port, over), daemon=True)
    beats.start()
    try:
        yield
    finally:
        over.set()
        port.close()
        beats.join()


def _beat(workers: Sequence[Staying], port: Port, over: Event) -> None:
    pause = 0.0
    while not over.wait(pause):
        try:
            for worker in workers:
                port.beat(worker.pool, worker.told)
            pause = BEAT
        except UnavailableError:
            pause = SOON  # it does not serve yet
        except PeninsulaError:
            return  # somebody has deleted the pool


def _tell_cancelled(journal: Emitter, command: Command) -> None:
    message = command.message or "Someone cancelled it."
    change = StateChange(type=StateType.CANCELLED, name="Cancelled", message=message)
    event = Told(
        id=reports.new_id(),
        occurred=journal.now(),
        event=state_event(RunKind.FLOW_RUN, change),
        resource=Resource(id=own(RunKind.FLOW_RUN.value, command.run)),
        payload=Raw(codec.encode(change)),
    )
    journal.emit_own(event, run=command.run, root=command.run)
