"""What both drivers do alike with a run.

They make it ready, do the effects of its life one after the other (the function of the user is one
of them, and `endings` says what came of it), and put it away. Its caller gets the result.
"""

from __future__ import annotations

import os
from functools import partial
from typing import Any, Final

from msgspec import structs

from peninsula.core.errors import UpstreamError
from peninsula.core.life import Ending, Life, Plan, ending_of_error, fit_message, live
from peninsula.core.records import Command
from peninsula.core.runs import StateChange
from peninsula.core.states import StateType
from peninsula.core.work import SUSPENSION
from peninsula.journal import emitter
from peninsula.sdk.definitions import Definition
from peninsula.sdk.interrupting import signals
from peninsula.sdk.interrupting.interrupts import interrupt
from peninsula.sdk.interrupting.orders import cancellation, give, suspension
from peninsula.sdk.outside.observing import observe
from peninsula.sdk.running import endings, holding, hooks, inputs, names, resolution
from peninsula.sdk.running.streams import Stream
from peninsula.sdk.runs import FlowRun, Run, leave, within
from peninsula.sdk.states import read_back
from peninsula.sdk.telling import logs, progress, reports

__all__ = [
    "break_off",
    "is_left_to_parent",
    "life_of",
    "make_ready",
    "name",
    "prepare",
    "put_away",
    "result_of",
]

# --- its beginning --------------------------------------------------------------------------------


def make_ready(run: Run) -> None:
    """Make ready what must be there before the first effect, or the next after a rest."""
    journal = emitter.current()
    observe()
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
        run.root.begun.add(run)
        return False
    if run.parent is not None and run.parent.flow_run is not None:
        run.parent.flow_run.streaming.add(run)
    return True


def _obey(run: FlowRun, command: Command) -> None:
    # In a thread of the journal.
    if command.action == "cancel":
        give(run, cancellation(run, command.message))
        interrupt(run)
    elif command.action == "pause":
        holding.hold(run, _paused(command.message))
    elif command.action == "suspend":
        order = suspension(run, command.message, {SUSPENSION: str(command.id)})
        holding.hold(run, _paused(command.message), order)
    elif command.action == "resume":
        holding.release(run)
        if run.on_resume is not None:
            run.on_resume()
    else:
        logs.RunLogger(run).warning("This version cannot %s a run; it goes on.", command.action)


def _paused(message: str | None) -> StateChange:
    said = f"{message or 'Someone paused it.'} {_PAUSED}"
    return StateChange(type=StateType.PAUSED, name="Paused", message=said)


_PAUSED: Final = "Task runs that are under way go on; the flow begins no other."


# --- what it is to do -----------------------------------------------------------------------------


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
        return endings.failed(run, problem)
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


def is_left_to_parent(run: Run) -> bool:
    """Tell whether the code of a run went on in a forked child, and is left there now.

    Its caller in the child gets what it returned or raised. Retries, hooks, what is submitted and
    kept, and all that is told, are the parent's. A generator is taken to its end all the same.
    """
    return run.inherited and run.stream is None


def put_away(run: Run) -> None:
    """Put away what `make_ready` and the run brought."""
    stream = run.stream
    if (stream is None or not stream.resting) and not run.inherited:
        _put_away_for_good(run)
    run.root.live.discard(run)
    holding.put_away(run)
    if run.parent is None:
        signals.release(run)
        progress.settle()


def _put_away_for_good(run: Run) -> None:
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


def result_of(run: Run, *, return_state: bool) -> Any:
    """Return the result or the state, or raise what ended the run."""
    error = run.error
    if error is None:
        return run.state if return_state else read_back(run.data)
    if return_state and isinstance(error, Exception):
        return run.state
    try:
        raise error
    finally:
        # Else the traceback holds this frame, which holds the exception.
        del error
