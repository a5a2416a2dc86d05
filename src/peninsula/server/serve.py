"""Serve a home over HTTP: `peninsula server start` ends up here."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from peninsula.core.settings import Settings
from peninsula.server import imports

if TYPE_CHECKING:
    from peninsula.server.services.adoption import Adopt

__all__ = ["serve"]

COLLECT_AFTER: Final = 50_000
"""New objects between two looks for garbage: a batch of 2,000 events makes some 40,000, all of them
freed by their counts. At Python's 700, looking took 9 % of an intake's time."""


def serve(
    settings: Settings,
    *,
    adopt: Adopt | None = None,
    exact_port: bool = False,
    say: Callable[[str], None] = print,
) -> None:
    """Serve until SIGTERM or Ctrl-C, then finish what was begun.

    `adopt` brings the journals of the home; it is called at the start and every few seconds.
    `exact_port`: the port was asked for by name, so another one will not do. Raises
    ConflictError when the home or the port is taken, InvalidError for settings that do not fit.
    """
    with imports.at_once():
        # Weight: the framework, the database toolkit and the HTTP server.
        from peninsula.server import http  # noqa: PLC0415

    gc.set_threshold(COLLECT_AFTER)
    http.serve(settings, adopt, exact_port=exact_port, say=say)
