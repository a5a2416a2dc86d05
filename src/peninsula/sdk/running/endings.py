"""Decide how a run ends: by what its function returned or raised, or as it was ordered to."""

from __future__ import annotations

from contextlib import suppress
from types import CoroutineType
from typing import Any, Final

from peninsula.core.classes import class_of
from peninsula.core.errors import InvalidError, MissingResultError, SerializationError
from peninsula.core.life import Ending, describe, ending_of_error, fit_message
from peninsula.core.states import StateType
from peninsula.core.texts import one_line
from peninsula.sdk import states
from peninsula.sdk.arguments.edges import PLAIN
from peninsula.sdk.interrupting.gates import Interrupt
from peninsula.sdk.interrupting.orders import Order, order_over
from peninsula.sdk.running import inputs, resolution
from peninsula.sdk.running.futures import Future
from peninsula.sdk.runs import FlowRun, Run
from peninsula.sdk.states import State
from peninsula.sdk.telling.hints import add_hint

__all__ = [
    "by_error",
    "by_error_beside",
    "by_order",
    "by_time_limit",
    "by_value",
    "failed",
    "futures_of",
]

COMPLETED: Final = Ending(type=StateType.COMPLETED, name="Completed")


# --- by an order, or an exception -----------------------------------------------------------------


def by_order(run: Run) -> Ending | None:
    """Return how the run ends if it, or one around it, is ordered to."""
    if not run.root.ordered:
        return None
    over = order_over(run)
    return None if over is None else _ordered(run, *over, None)


def by_error(run: Run, error: BaseException) -> Ending:
    """Say how the run ends whose function was left with this exception.

    An order outweighs it: the function may have failed over the interrupt.
    """
    if run.root.ordered and (over := order_over(run)) is not None:
        return _ordered(run, *over, error)
    add_hint(error)
    run.error = error
    return ending_of_error(error)


def by_error_beside(run: Run, error: BaseException) -> Ending | None:
    """Say how the run ends if something beside its function was left with this exception.

    An interrupt says nothing new: whoever is ordered to end looks at the order.
    """
    if isinstance(error, Interrupt):
        return None
    run.error = error
    return ending_of_error(error)


def by_time_limit(run: Run, order: Order) -> Ending:
    """Say how an attempt ends that took too long, unless the whole run is ordered to end."""
    return by_order(run) or _ordered(run, run, order, run.error)


def _ordered(run: Run, target: Run, order: Order, error: BaseException | None) -> Ending:
    exits = error if error is not None and not isinstance(error, Exception) else Interrupt()
    if target is not run:
        run.error = exits
        return order.inherited
    made = exits if order.error is None else order.error()
    # Where the code was interrupted is the best that a traceback can say.
    run.error = made if error is None else made.with_traceback(error.__traceback__)
    return order.ending


# --- by what was returned -------------------------------------------------------------------------


def futures_of(run: Run, value: Any) -> tuple[Future[Any], ...]:
    """Return the futures in what a flow returned: their states decide how it ends."""
    return inputs.futures_in(value) if isinstance(run, FlowRun) and not run.inherited else ()


def by_value(run: Run, value: Any) -> Ending:
    """Say how the run ends whose function returned this value; its futures are over."""
    if class_of(value) in PLAIN:
        run.data = value
        return COMPLETED
    if type(value) is CoroutineType:
        return _by_coroutine(run, value)
    if isinstance(run, FlowRun):
        value = resolution.states_of(value)
    if run.sends is not None:
        try:
            run.sends(value)
        except SerializationError as problem:
            return failed(run, problem)
    run.data = value
    if isinstance(value, State):
        return _by_state(run, value)
    if states.are_states(value):
        return _by_states(run, states.combine(value))
    if run.parent is not None:
        run.root.results.remember(value, run.id)
    return COMPLETED


def _by_coroutine(run: Run, coroutine: CoroutineType[Any, Any, Any]) -> Ending:
    called, titled = coroutine.__qualname__, run.definition.titled
    coroutine.close()  # else Python warns of it, too, wherever it is found
    fix = "Await it" if run.definition.isasync else "Declare it by `async def` and await it"
    problem = InvalidError(f"The {titled} returned the coroutine {called}, which never ran. {fix}.")
    return failed(run, problem)


def _by_state(run: Run, state: State) -> Ending:
    if not state.terminal:
        if state.run is None:
            return _by_no_end(run, state)
        together = states.combine([state])
        run.error = states.get_state_exception(together)
        return Ending(type=together.type, name=together.name, message=together.message)
    run.data = state.data
    with suppress(MissingResultError):  # who asks for it is told
        run.data = states.read_back(state.data)
    if not state.is_completed():
        run.error = states.get_state_exception(state)
    plain = state.type.value.capitalize()
    # The name of another run's state is that run's own business.
    name = plain if state.run is not None else one_line(str(state.name), plain)
    message = None if state.message is None else fit_message(str(state.message))
    return Ending(type=state.type, name=name, message=message)


def _by_states(run: Run, state: State) -> Ending:
    if not state.terminal:
        return _by_no_end(run, state)
    return Ending(type=state.type, name=state.name, message=state.message)


def _by_no_end(run: Run, state: State) -> Ending:
    # What it returned is no result: nobody is to read it as one.
    run.data = None
    problem = InvalidError(
        f"The {run.definition.titled} returned the state {state.name}, which is no end of a run."
        " Return its result, or one of Completed, Failed, Cancelled and Crashed."
    )
    return failed(run, problem)


def failed(run: Run, problem: Exception) -> Ending:
    """Say how a run ends of which the engine found that it cannot complete."""
    run.error = problem
    return Ending(type=StateType.FAILED, name="Failed", message=describe(problem))
