"""What both drivers do alike: begin a run, make sense of how its function ended, end it."""

from __future__ import annotations

import os
from functools import partial
from types import CoroutineType
from typing import Any, Final

from msgspec import structs

from peninsula.core.errors import InvalidError, SerializationError, UpstreamError
from peninsula.core.life import Ending, Life, Plan, describe, ending_of_error, fit_message, live
from peninsula.core.records import Command
from peninsula.core.states import StateType
from peninsula.core.texts import one_line
from peninsula.journal import emitter
from peninsula.sdk import states
from peninsula.sdk.arguments.edges import PLAIN
from peninsula.sdk.definitions import Definition
from peninsula.sdk.interrupting import signals
from peninsula.sdk.interrupting.interrupts import Interrupt, interrupt
from peninsula.sdk.interrupting.orders import Order, cancellation, give, order_over
from peninsula.sdk.running import hooks, inputs, names, resolution
from peninsula.sdk.running.futures import Future
from peninsula.sdk.running.streams import Stream
from peninsula.sdk.runs import FlowRun, Run, leave, within
from peninsula.sdk.states import State
from peninsula.sdk.telling import logs, progress, reports
from peninsula.sdk.telling.hints import add_hint

__all__ = [
    "break_off",
    "conclude",
    "enter",
    "exit_",
    "exited",
    "is_left_to_parent",
    "left",
    "life_of",
    "name",
    "out_of_time",
    "prepare",
    "returned",
    "returned_futures",
    "stopped",
]

COMPLETED: Final = Ending(type=StateType.COMPLETED, name="Completed")


# --- what a run is to do --------------------------------------------------------------------------


def life_of(run: Run) -> Life:
    """Return the effects of the run's life; of a generator's that rests, those that are left."""
    if run.stream is not None and run.stream.life is not None:
        return run.stream.life
    plain, preparing = run.definition.planned or _plan(run.definition)
    plan = preparing if run.inputs.futures or run.inputs.wrapped else plain
    # What a generator yields to its consumer cannot be given again, so it is not kept.
    if (run.persists and run.stream is None) or run.definition.undoes:
        plan = structs.replace(plan, remembers=True)
    return live(plan, _chance)


def _plan(definition: Definition) -> tuple[Plan, Plan]:
    plan = Plan(
        prepares=definition.run_name is not None or definition.should_validate_parameters,
        settles=definition.kind == "flow",
        retries=definition.retries,
        delays=definition.delays,
        jitter=definition.retry_jitter_factor,
        conditional=definition.retry_condition_fn is not None,
        hooks=frozenset(type_ for type_ in hooks.HOOKS if hooks.hooks_of(definition, type_)),
    )
    definition.planned = plan, structs.replace(plan, prepares=True)
    if definition.origin is not None:
        definition.origin.planned = definition.planned  # for the next object, or the next call
    return definition.planned


def _chance() -> float:
    return int.from_bytes(os.urandom(7), "big") / (1 << 56)


# --- its beginning --------------------------------------------------------------------------------


def enter(run: Run) -> None:
    """Make ready what must be there before the first effect, or the next after a rest."""
    journal = emitter.current()
    if run.parent is None:
        logs.install()
        signals.guard(run)
    if run.stream is not None and not _take_up(run, run.stream):
        return
    run.log_prints = logs.prints_are_logged(run.definition, run.parent)
    if run.inputs.cut_short:
        logs.RunLogger(run).debug(
            "Its arguments are large: edges were looked for in the first %s values.",
            f"{inputs.NODES:,}",
        )
    if isinstance(run, FlowRun):
        journal.on_command(run.id, partial(_obey, run))


def _take_up(run: Run, stream: Stream) -> bool:
    """Begin or go on with a generator; tell whether it begins."""
    stream.resting = False
    if stream.life is not None:
        return False
    if run.parent is not None and run.parent.flow_run is not None:
        run.parent.flow_run.streaming.add(run)
    return True


def _obey(run: FlowRun, command: Command) -> None:
    # In a thread of the journal.
    if command.action == "cancel":
        give(run, cancellation(run, command.message))
        interrupt(run)
    else:
        logs.RunLogger(run).warning("This version cannot %s a run; it goes on.", command.action)


def prepare(run: Run) -> Ending | None:
    """Put results in the place of futures, coerce the parameters, name the run.

    What the run waits for is over. Return an ending if it cannot start.
    """
    try:
        _prepare(run)
    except UpstreamError as problem:
        run.error = problem
        return Ending(type=StateType.PENDING, name="NotReady", message=fit_message(problem.message))
    except Exception as problem:  # noqa: BLE001  a validator or a name function of the user's
        run.error = problem
        return Ending(type=StateType.FAILED, name="Failed", message=describe(problem))
    return None


def _prepare(run: Run) -> None:
    definition = run.definition
    before = run.parameters
    if run.inputs.wrapped or run.wait_for is not None:
        run.parameters = resolution.resolve(run.parameters, run.wait_for)
    if definition.should_validate_parameters:
        run.parameters = definition.validator(run.parameters)
    if any(run.parameters[name] is not value for name, value in before.items()):
        run.args, run.kwargs = definition.signature.arguments(run.parameters)
    if not run.told:
        name(run)


def name(run: Run) -> None:
    """Give the run the name that its template or function makes of the parameters."""
    definition = run.definition
    if definition.run_name is not None:
        token = within(run)
        try:
            option = f"{definition.kind}_run_name"
            run.name = names.written_name(definition.run_name, option, run.parameters, run.name)
        finally:
            leave(token)


# --- its end --------------------------------------------------------------------------------------


def stopped(run: Run) -> Ending | None:
    """Return how the run ends if it, or one around it, is ordered to."""
    if not run.root.ordered:
        return None
    over = order_over(run)
    return None if over is None else _ordered(run, *over, None)


def left(run: Run, error: BaseException) -> Ending:
    """Say how the run ends whose function was left with this exception.

    An order outweighs it: the function may have failed over the interrupt.
    """
    if run.root.ordered and (over := order_over(run)) is not None:
        return _ordered(run, *over, error)
    add_hint(error)
    run.error = error
    return ending_of_error(error)


def exited(run: Run, error: BaseException) -> Ending | None:
    """Say how the run ends if something beside its function was left with this exception.

    An interrupt says nothing new: whoever is ordered to end looks at the order.
    """
    if isinstance(error, Interrupt):
        return None
    run.error = error
    return ending_of_error(error)


def out_of_time(run: Run, order: Order) -> Ending:
    """Say how an attempt ends that took too long, unless the whole run is ordered to end."""
    return stopped(run) or _ordered(run, run, order, run.error)


def _ordered(run: Run, target: Run, order: Order, error: BaseException | None) -> Ending:
    exits = error if error is not None and not isinstance(error, Exception) else Interrupt()
    if target is not run:
        run.error = exits
        return order.inherited
    made = exits if order.error is None else order.error()
    # Where the code was interrupted is the best that a traceback can say.
    run.error = made if error is None else made.with_traceback(error.__traceback__)
    return order.ending


def returned_futures(run: Run, value: Any) -> tuple[Future[Any], ...]:
    """Return the futures in what a flow returned: their states decide how it ends."""
    return inputs.futures_in(value) if isinstance(run, FlowRun) and not run.inherited else ()


def returned(run: Run, value: Any) -> Ending:
    """Say how the run ends whose function returned this value; its futures are over."""
    if type(value) in PLAIN:
        run.data = value
        return COMPLETED
    if type(value) is CoroutineType:
        return _unawaited(run, value)
    if isinstance(run, FlowRun):
        value = resolution.states_of(value)
    if run.sends is not None:
        try:
            run.sends(value)
        except SerializationError as problem:
            run.error = problem
            return Ending(type=StateType.FAILED, name="Failed", message=describe(problem))
    run.data = value
    if isinstance(value, State):
        return _ended_as(run, value)
    if states.are_states(value):
        return _ended_together(run, states.combine(value))
    if run.parent is not None:
        run.root.results.remember(value, run.id)
    return COMPLETED


def _unawaited(run: Run, coroutine: CoroutineType[Any, Any, Any]) -> Ending:
    called, titled = coroutine.__qualname__, run.definition.titled
    coroutine.close()  # else Python warns of it, too, wherever it is found
    fix = "Await it" if run.definition.isasync else "Declare it by `async def` and await it"
    problem = InvalidError(f"The {titled} returned the coroutine {called}, which never ran. {fix}.")
    run.error = problem
    return Ending(type=StateType.FAILED, name="Failed", message=describe(problem))


def _ended_as(run: Run, state: State) -> Ending:
    if not state.terminal:
        if state.run is None:
            return _unended(run, state)
        together = states.combine([state])
        run.error = states.get_state_exception(together)
        return Ending(type=together.type, name=together.name, message=together.message)
    run.data = state.data
    if not state.is_completed():
        run.error = states.get_state_exception(state)
    plain = state.type.value.capitalize()
    # The name of another run's state is that run's own business.
    name = plain if state.run is not None else one_line(str(state.name), plain)
    message = None if state.message is None else fit_message(str(state.message))
    return Ending(type=state.type, name=name, message=message)


def _ended_together(run: Run, state: State) -> Ending:
    if not state.terminal:
        return _unended(run, state)
    return Ending(type=state.type, name=state.name, message=state.message)


def _unended(run: Run, state: State) -> Ending:
    # What it returned is no result: nobody is to read it as one.
    run.data = None
    problem = InvalidError(
        f"The {run.definition.titled} returned the state {state.name}, which is no end of a run."
        " Return its result, or one of Completed, Failed, Cancelled and Crashed."
    )
    run.error = problem
    return Ending(type=StateType.FAILED, name="Failed", message=describe(problem))


def is_left_to_parent(run: Run) -> bool:
    """Tell whether the code of a run went on in a forked child, and is left there now.

    Its caller in the child gets what it returned or raised. Retries, hooks, what is submitted and
    kept, and all that is told, are the parent's. A generator is taken to its end all the same.
    """
    return run.inherited and run.stream is None


def exit_(run: Run) -> None:
    """Put away what `enter` and the run brought."""
    stream = run.stream
    if (stream is None or not stream.resting) and not run.inherited:
        _put_away(run)
    run.root.live.discard(run)
    if run.parent is None:
        signals.release(run)
        progress.settle()


def _put_away(run: Run) -> None:
    run.args, run.kwargs = (), {}
    if run.stream is not None:
        run.stream.life = None
        if run.parent is not None and run.parent.flow_run is not None:
            run.parent.flow_run.streaming.discard(run)
    if run.memory is not None:
        run.memory.close()
    if isinstance(run, FlowRun):
        emitter.current().off_command(run.id)
        if run.pool is not None:
            run.pool.close()


def break_off(run: Run, error: BaseException) -> None:
    """Report a run whose driver was hit itself, so that it has a final state all the same."""
    run.error = error
    reports.report(run, ending_of_error(error).change(max(0, run.run_count - 1)))


def conclude(run: Run, *, return_state: bool) -> Any:
    """Return the result or the state, or raise what ended the run."""
    error = run.error
    if error is None:
        return run.state if return_state else run.data
    if return_state and isinstance(error, Exception):
        return run.state
    try:
        raise error
    finally:
        # Else the traceback holds this frame, which holds the exception.
        del error
