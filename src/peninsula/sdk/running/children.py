"""Bring the runs that a flow run submitted to their end, before it ends itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any, Final

from peninsula.core.life import Ending
from peninsula.core.states import StateType
from peninsula.sdk.interrupting import orders
from peninsula.sdk.interrupting.interrupts import live_below
from peninsula.sdk.running.futures import Future
from peninsula.sdk.runs import FlowRun, Run

__all__ = ["GRACE", "abandon", "are_stopped", "close_generators", "dismiss", "place", "unsettled"]

GRACE: Final = 3.0
"""Seconds that a flow run which was stopped waits for tasks that cannot be interrupted."""


def unsettled(run: FlowRun) -> tuple[Future[Any], ...]:
    """Return the futures that are not over; a task that is, may have submitted others."""
    return tuple(work.future for work in tuple(run.unsettled))


def dismiss(run: FlowRun, ending: Ending) -> None:
    """Tell the children: nothing if all is well, else that they need not begin, or are to stop."""
    if ending.type is StateType.COMPLETED:
        return
    order = orders.below(run, ending)
    for work in tuple(run.unsettled):
        work.call_off(order.ending)
    if are_stopped(ending):
        for resting in tuple(run.streaming):
            orders.give(resting, order)
        for child in live_below(run):
            orders.give(child, order)
            if (gate := child.gate) is not None:
                gate.interrupt()


async def close_generators(run: FlowRun, wait: Callable[[Any], Awaitable[Any]]) -> None:
    """End the generators that nobody consumed to their end: nobody will, after their flow run."""
    for child in tuple(run.streaming):
        stream = child.stream
        if stream is not None and stream.resting:
            stream.say("close")
            answer = stream.drive()
            if isawaitable(answer):
                await wait(answer)


def abandon(run: FlowRun) -> None:
    """End the children that could not be interrupted: their threads go on, and nobody listens."""
    for work in tuple(run.unsettled):
        found = orders.order_over(work.run)
        ending = orders.below(run, Ending(type=StateType.CANCELLED, name="Cancelled")).ending
        if found is not None:
            ending = found[1].inherited
        message = f"{ending.message} It could not be interrupted in {place(work.run)}."
        work.give_up(Ending(type=ending.type, name=ending.name, message=message))


def are_stopped(ending: Ending) -> bool:
    """Tell whether running tasks are stopped when their flow run ends so.

    A plain failure lets them finish, as in Prefect.
    """
    return ending.type in _STOPPING or ending.name == "TimedOut"


_STOPPING: Final = frozenset({StateType.CANCELLED, StateType.CRASHED, StateType.PAUSED})


def place(run: Run) -> str:
    """Return where the user's code of a run is, for people."""
    return "its beginning" if run.gate is None else run.gate.place
