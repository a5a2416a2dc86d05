"""Order a run to end: cancelled, out of time, or terminated with its process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from msgspec import Struct

from peninsula.core.errors import RunCancelledError, RunTimeoutError
from peninsula.core.life import Ending, fit_message
from peninsula.core.runs import RunKind
from peninsula.core.states import StateType
from peninsula.sdk.runs import Run

__all__ = [
    "Order",
    "below",
    "cancellation",
    "give",
    "order_over",
    "ordered_state",
    "suspension",
    "terminated",
    "timed_out",
]


class Order(Struct, frozen=True, kw_only=True):
    """That a run is to end now, and how."""

    ending: Ending
    inherited: Ending
    """How the runs below it end."""
    error: Callable[[], BaseException] | None
    """Makes what its caller gets to see; None leaves the exception that ended it."""


def give(run: Run, order: Order) -> None:
    """Order a run to end. The first order stands."""
    if run.order is None:
        run.order = order
        run.root.ordered = True
        if run.root.holding is not None:
            run.root.holding.stir()


def order_over(run: Run) -> tuple[Run, Order] | None:
    """Return the outermost run, of this one and those around it, that is to end, with its order."""
    found = None
    current: Run | None = run
    while current is not None:
        if current.order is not None:
            found = current, current.order
        current = current.parent
    return found


def ordered_state(run: Run | None) -> str | None:
    """Return the name of the state that a run, or one around it, is ordered to end in."""
    if run is None or not run.root.ordered:
        return None
    over = order_over(run)
    return None if over is None else over[1].ending.name


def cancellation(run: Run, message: str | None) -> Order:
    """Return the order to end cancelled, as someone asked for."""
    said = fit_message(message or "Someone cancelled it.")
    ending = _cancelled(said)
    return Order(
        ending=ending,
        inherited=below(run, ending).ending,
        error=lambda: RunCancelledError(f"The {_named(run)} was cancelled: {said}"),
    )


def timed_out(run: Run, seconds: float, where: str | None = None) -> Order:
    """Return the order to end for want of time; `where` says what could not be interrupted."""
    said = f"The {_named(run)} took longer than its timeout of {seconds:g} s."
    message = f"{said} {where}" if where else said
    ending = Ending(type=StateType.FAILED, name="TimedOut", message=message, retriable=True)
    return Order(
        ending=ending,
        inherited=below(run, ending).ending,
        error=lambda: RunTimeoutError(message),
    )


def below(run: Run, ending: Ending) -> Order:
    """Return the order for the runs below one that ends so."""
    how = _HOW.get(ending.name, f"ended {ending.name}")
    end = _cancelled(f"The {_named(run)} that it belongs to {how}.")
    return Order(ending=end, inherited=end, error=None)


_HOW: Final = {
    "Cancelled": "was cancelled",
    "Crashed": "crashed",
    "Failed": "failed",
    "Suspended": "was suspended",
    "TimedOut": "ran out of time",
}


def suspension(run: Run, message: str | None, details: dict[str, Any]) -> Order:
    """Return the order to give the process up, to be started anew when someone resumes the run."""
    said = fit_message(message) if message is not None else None
    ending = Ending(type=StateType.PAUSED, name="Suspended", message=said, details=details)
    return Order(ending=ending, inherited=below(run, ending).ending, error=None)


def terminated(signal: str) -> Order:
    """Return the order to end with the process, which got a signal."""
    ending = Ending(
        type=StateType.CRASHED, name="Crashed", message=f"The process was terminated by {signal}."
    )
    return Order(ending=ending, inherited=ending, error=None)


def _cancelled(message: str) -> Ending:
    return Ending(type=StateType.CANCELLED, name="Cancelled", message=message)


_KINDS: Final = {RunKind.FLOW_RUN: "flow run", RunKind.TASK_RUN: "task run"}


def _named(run: Run) -> str:
    return f'{_KINDS[run.kind]} "{run.name}"'
