"""Interrupt the user's code where it runs: by signal in the main thread, else by an exception set.

A gate (`gates`) says where that may be done.
"""

from __future__ import annotations

from threading import get_ident, local, main_thread
from typing import Final

from peninsula.sdk.interrupting.gates import MAIN, Gate
from peninsula.sdk.interrupting.thread_gate import ThreadGate
from peninsula.sdk.runs import Run

__all__ = ["Shielded", "gate_here", "interrupt", "live_below"]

_HERE: Final = local()


def gate_here() -> Gate:
    """Return the gate of this thread; each has one."""
    gate: Gate | None = getattr(_HERE, "gate", None)
    if gate is None:
        here = get_ident()
        gate = _HERE.gate = MAIN if here == main_thread().ident else ThreadGate(here)
    return gate


class Shielded:
    """A block of the engine's in the middle of the user's code: it is not interrupted."""

    __slots__ = ("_gate", "_was")

    def __enter__(self) -> None:
        self._gate = gate = gate_here()
        self._was = gate.shut()

    def __exit__(self, *_: object) -> None:
        self._gate.restore(self._was)


def interrupt(run: Run) -> None:
    """Interrupt a run that has an order, and all below it, wherever they are."""
    for each in (run, *live_below(run)):
        gate = each.gate  # one that rests between two values loses its gate at any moment
        if gate is not None:
            gate.interrupt()


def live_below(run: Run) -> list[Run]:
    """Return the runs below one that have gates of their own."""
    return [child for child in tuple(run.root.live) if _is_below(child, run)]


def _is_below(child: Run, run: Run) -> bool:
    around = child.parent
    while around is not None and around is not run:
        around = around.parent
    return around is run
