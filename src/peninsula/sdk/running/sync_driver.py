"""Drive the life of a run whose function is a plain one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from peninsula.core.life import (
    Begin,
    Call,
    Consult,
    Draw,
    Effect,
    Ending,
    Hand,
    Keep,
    Notify,
    Prepare,
    Recall,
    Report,
    Settle,
    Sleep,
)
from peninsula.sdk.interrupting.deadlines import Deadline
from peninsula.sdk.interrupting.gates import Gate
from peninsula.sdk.interrupting.interrupts import gate_here
from peninsula.sdk.running import children, endings, engine, holding, hooks, streams
from peninsula.sdk.running.futures import wait_all
from peninsula.sdk.runs import FlowRun, Run, leave, within
from peninsula.sdk.telling import reports, traces

__all__ = ["drive"]


def drive(run: Run) -> None:
    """Take a run to its end, or a generator's to its next value.

    What it returned or raised stays with the run, what it yielded with its stream.
    """
    gate = run.gate = gate_here()
    if run.parent is not None and run.parent.gate is not gate:
        run.root.live.add(run)
    engine.make_ready(run)
    traces.enter(run)
    try:
        life = engine.life_of(run)
        outcome = None
        while True:
            try:
                effect = life.send(outcome)
            except StopIteration:
                break
            if type(effect) is Hand:
                streams.rest(run, life)
                break
            outcome = _PERFORM[type(effect)](run, effect)
            if engine.is_left_to_parent(run):
                break
    except BaseException as error:  # noqa: BLE001  whatever hits the engine, the run gets its end
        engine.break_off(run, error)
    finally:
        traces.leave(run)
        engine.put_away(run)


def _report(run: Run, effect: Report) -> None:
    reports.report(run, effect.change)


def _begin(run: Run, effect: Begin) -> Ending | None:
    while not holding.may_begin(run):
        _, disturbed = _in_the_open(run, holding.wait, run)
        if disturbed is not None:
            return disturbed
    reports.report(run, effect.change)
    return None


def _prepare(run: Run, _: Prepare) -> Ending | None:
    _, disturbed = _in_the_open(run, wait_all, run.inputs.futures)
    return disturbed or engine.prepare(run)


def _recall(run: Run, _: Recall) -> Ending | None:
    from peninsula.sdk.running import memory  # noqa: PLC0415  weight: few results are kept

    found, disturbed = _in_the_open(run, memory.recall, run)
    return disturbed or found


def _call(run: Run, _: Call) -> Ending | None:
    limit = run.definition.timeout_seconds
    run.error = None
    if run.stream is not None:
        run.stream.begin(run, None if limit is None else Deadline(run, limit))
        return _draw(run, None)
    value, ending = _called(run) if limit is None else _call_until(run, limit)
    return ending or _returned(run, value)


def _returned(run: Run, value: Any) -> Ending:
    ending = None
    if futures := endings.futures_of(run, value):
        _, ending = _in_the_open(run, wait_all, futures)
    return ending or endings.by_value(run, value)


def _call_until(run: Run, limit: float) -> tuple[Any, Ending | None]:
    deadline = Deadline(run, limit)
    value, ending = _called(run)
    order = deadline.passed()
    return (value, ending) if order is None else (None, endings.by_time_limit(run, order))


def _called(run: Run) -> tuple[Any, Ending | None]:
    function = run.definition.whole
    if run.memory is None:
        return _in_the_open(run, function, *run.args, **run.kwargs)
    return _in_the_open(run, run.memory.call, function, *run.args, **run.kwargs)


def _draw(run: Run, _: Draw | None) -> Ending | None:
    stream = run.stream
    assert stream is not None  # noqa: S101  only its life draws
    around = None if run.memory is None else run.memory.acall
    yielded, ending = _in_the_open(run, lambda: hooks.now(stream.advance(around)))
    if yielded and ending is None:
        streams.drawn(run, stream)
        return None
    if stream.limit is not None and (order := stream.limit.passed()) is not None:
        ending = endings.by_time_limit(run, order)
    ending = streams.drawn_out(stream, ending)
    if ending is None:
        return _returned(run, stream.value)
    return _beside(run, lambda: hooks.now(stream.close(run))) or ending


def _settle(run: Run, effect: Settle) -> Ending | None:
    assert isinstance(run, FlowRun)  # noqa: S101  no other plan settles
    children.dismiss(run, effect.ending)
    if run.streaming:
        _beside(run, lambda: hooks.now(children.close_generators(run, hooks.waited)))
    if children.are_stopped(effect.ending):
        _beside(run, wait_all, children.unsettled(run), children.GRACE)
        children.abandon(run)
        return None
    while futures := children.unsettled(run):
        _, disturbed = _in_the_open(run, wait_all, futures)
        if disturbed is not None:
            return disturbed
    return None


def _keep(run: Run, effect: Keep) -> Ending:
    from peninsula.sdk.running import memory  # noqa: PLC0415  as above

    kept, disturbed = _in_the_open(run, memory.keep, run, effect.ending)
    return disturbed or kept or effect.ending


def _notify(run: Run, effect: Notify) -> Ending | None:
    return _beside(run, hooks.now, hooks.notify(run, effect.type, hooks.waited))


def _consult(run: Run, effect: Consult) -> Ending | bool:
    asking = hooks.consult(run, effect.ending, hooks.waited)
    answer, disturbed = _in_the_open(run, hooks.now, asking)
    return disturbed or bool(answer)


def _sleep(run: Run, effect: Sleep) -> Ending | None:
    holding.look(run)
    return _in_the_open(run, _gate_of(run).sleep, effect.seconds)[1]


def _in_the_open(
    run: Run, function: Callable[..., Any], *args: Any, **kwargs: Any
) -> tuple[Any, Ending | None]:
    """Call the function where it can be interrupted; return its value, or how the run ends."""
    if (ending := endings.by_order(run)) is not None:
        return None, ending
    gate = _gate_of(run)
    token = within(run)
    try:
        gate.open()
        value = function(*args, **kwargs)
        gate.shut()
    except BaseException as error:  # noqa: BLE001  exits and interrupts end runs, too
        return None, endings.by_error(run, gate.land(error))
    finally:
        leave(token)
    return value, endings.by_order(run)


def _beside(run: Run, function: Callable[..., Any], *args: Any) -> Ending | None:
    """Call the function whatever is ordered, as that is known; return an ending if it exits."""
    gate = _gate_of(run)
    token = within(run)
    try:
        gate.open()
        function(*args)
        gate.shut()
    except BaseException as error:  # noqa: BLE001  as above
        landed = gate.land(error)
        return endings.by_error_beside(run, landed)
    finally:
        leave(token)
    return None


def _gate_of(run: Run) -> Gate:
    assert run.gate is not None  # noqa: S101  drive gives it one
    return run.gate


_PERFORM: Final[dict[type[Effect], Callable[[Run, Any], Any]]] = {
    Prepare: _prepare,
    Recall: _recall,
    Begin: _begin,
    Report: _report,
    Notify: _notify,
    Call: _call,
    Draw: _draw,
    Settle: _settle,
    Keep: _keep,
    Consult: _consult,
    Sleep: _sleep,
}
