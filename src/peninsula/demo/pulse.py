"""Keep alive what still runs at the end of a history, as long as the demo is served."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from msgspec import Raw

from peninsula.client.destination import destination
from peninsula.client.port import Port
from peninsula.core import codec
from peninsula.core.events import Event, Resource
from peninsula.core.home import Home
from peninsula.core.records import Command
from peninsula.core.resources import own
from peninsula.core.runs import RunKind, StateChange, state_event
from peninsula.core.settings import Settings
from peninsula.core.states import StateType
from peninsula.journal.control import Control
from peninsula.journal.emitter import Emitter
from peninsula.sdk.telling import reports

__all__ = ["beating"]

TIMEOUT: Final = 10.0
"""Seconds that a call for commands may take beyond its wait."""


@contextmanager
def beating(home: Home, process: UUID, runs: Sequence[UUID]) -> Iterator[None]:
    """Renew the lease of a process that is part of the history, and cancel its runs if asked to.

    Without it the server would find after a minute that nothing is heard of them.
    """
    settings = Settings(home=str(home.path))
    journal = Emitter(settings)

    def obey(command: Command) -> None:
        if command.action == "cancel":
            _tell_cancelled(journal, command)

    port = Port(lambda: destination(settings, home), TIMEOUT)
    control = Control(process, port, journal.observe, dict.fromkeys(runs, obey))
    control.start()
    try:
        yield
    finally:
        control.stop()
        journal.close(0)


def _tell_cancelled(journal: Emitter, command: Command) -> None:
    message = command.message or "Someone cancelled it."
    change = StateChange(type=StateType.CANCELLED, name="Cancelled", message=message)
    event = Event(
        id=reports.new_id(),
        occurred=journal.now(),
        event=state_event(RunKind.FLOW_RUN, change),
        resource=Resource(id=own(RunKind.FLOW_RUN.value, command.run)),
        payload=Raw(codec.encode(change)),
    )
    journal.emit_own(event, run=command.run, root=command.run)
