"""Know which call is under way here, in this thread or asyncio task."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from peninsula.sdk.outside.call import Call
    from peninsula.sdk.runs import Run

__all__ = ["call_here", "call_of", "enter", "innermost"]

_CURRENT: ContextVar[Call | None] = ContextVar("peninsula_call", default=None)

innermost = _CURRENT.get
"""Return the innermost call; it may be over."""

enter = _CURRENT.set
"""Make a call the innermost one, or none; for generators, which leave it with each value."""


def call_here() -> Call | None:
    """Return the innermost call that is under way here, if there is one."""
    call = innermost()
    while call is not None and not call.open:
        call = call.around
    return call


def call_of(run: Run) -> Call | None:
    """Return the innermost call of that run that is under way here, and in this process."""
    call = innermost()
    while call is not None and not (call.open and call.run is run):
        call = call.around
    return None if call is None or call.inherited else call
