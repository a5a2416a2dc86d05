"""Ship the journals of a home beside the process that writes them, to their end."""

from __future__ import annotations

import logging
from threading import Event
from typing import Final

from peninsula.client.configuration import home_of
from peninsula.client.destination import address
from peninsula.core.errors import InvalidError, UnavailableError
from peninsula.core.home import Home
from peninsula.core.settings import Settings
from peninsula.journal.adopt import abandoned, adopt
from peninsula.journal.delivery import Intake

__all__ = ["ship"]

LOOK: Final = 1.0
"""Seconds between looks for a process that is gone."""

REASON: Final = 8.0
"""Seconds that a killed process's journal is left alone. With the rest of it comes that it is
gone; whoever saw it killed, and knows why, is to say so first."""

_log = logging.getLogger("peninsula.journal")


def ship(settings: Settings, port: Intake, told_to_end: Event) -> None:
    """Bring to the server what processes of this home have left, until there are none.

    It waits for the first one. Told to end, it brings what is there, and returns. Raises
    InvalidError where no server is set.
    """
    if settings.api_url is None:
        msg = "There is no server to ship to. Set PENINSULA_API_URL."
        raise InvalidError(msg)
    home, destination = home_of(settings), address(settings.api_url)
    while not told_to_end.wait(LOOK):
        if abandoned(home, destination):
            told_to_end.wait(REASON)
            _adopt(settings, port, destination)
        if not _names(home, "journal") and _names(home, "kept"):
            return
    _adopt(settings, port, destination)


def _adopt(settings: Settings, port: Intake, destination: str) -> None:
    try:
        adopt(settings, port, destination)
    except UnavailableError as problem:
        _log.warning("%s Trying on.", problem.message)


def _names(home: Home, what: str) -> list[str]:
    try:
        return [name.name for name in (home.path / what).iterdir() if name.name[0] != "."]
    except OSError:
        return []
