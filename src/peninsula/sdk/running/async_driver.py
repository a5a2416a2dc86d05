"""Drive the life of a run whose function is a coroutine function."""

from __future__ import annotations

import asyncio
from asyncio import CancelledError
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from contextvars import Token
from functools import partial
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
    Life,
    Notify,
    Prepare,
    Recall,
    Report,
    Settle,
    Sleep,
)
from peninsula.core.states import StateType
from peninsula.sdk.interrupting.gates import TaskGate
from peninsula.sdk.interrupting.interrupts import Shielded, interrupt
from peninsula.sdk.interrupting.orders import Order, give, order_over, timed_out
from peninsula.sdk.loops import told
from peninsula.sdk.running import children, endings, engine, holding, hooks, streams
from peninsula.sdk.running.futures import Future, after
from peninsula.sdk.runs import FlowRun, Run, leave, within
from peninsula.sdk.telling import reports, traces

__all__ = ["drive"]


async def drive(run: Run) -> None:
    """Take a run to its end, or a generator's to its next value.

    What it returned or raised stays with the run, what it yielded with its stream.
    """
    gate = run.gate = _gate_for(run)
    gate.runs.append(run)
    try:
        with Shielded():
            engine.make_ready(run)
            traces.enter(run)
            life = engine.life_of(run)
        outcome = None
        while (effect := _next_wait(run, life, outcome)) is not None:
            if type(effect) is Hand:
                streams.rest(run, life)
                break
            outcome = await _PERFORM[type(effect)](run, effect)
            if engine.is_left_to_parent(run):
                break
    except BaseException as error:  # noqa: BLE001  whatever hits the engine, the run gets its end
        engine.break_off(run, error)
    finally:
        gate.runs.remove(run)
        with Shielded():
            traces.leave(run)
            engine.put_away(run)


def _next_wait(run: Run, life: Life, outcome: Any) -> Effect | None:
    """Return the next effect that may wait, None at the end; do the reports before it."""
    with Shielded():
        while True:
            try:
                effect = life.send(outcome)
            except StopIteration:
                return None
            if not isinstance(effect, Report):
                return effect
            if type(effect) is Begin and not holding.may_begin(run):
                return effect
            reports.report(run, effect.change)
            outcome = None


def _gate_for(run: Run) -> TaskGate:
    task = asyncio.current_task()
    assert task is not None  # noqa: S101  a coroutine of asyncio's is in one
    around = None if run.parent is None else run.parent.gate
    if isinstance(around, TaskGate) and around.task is task:
        return around
    run.root.live.add(run)
    return TaskGate(asyncio.get_running_loop(), task)


async def _begin(run: Run, effect: Begin) -> Ending | None:
    while not holding.may_begin(run):
        _, disturbed = await _in_the_open(run, _wait_held, run)
        if disturbed is not None:
            return disturbed
    reports.report(run, effect.change)
    return None


async def _wait_held(run: Run) -> None:
    try:
        await told(partial(holding.join, run), None)
    finally:
        holding.leave(run)


async def _prepare(run: Run, _: Prepare) -> Ending | None:
    _, disturbed = await _in_the_open(run, _all_over, run.inputs.futures)
    return disturbed or engine.prepare(run)


async def _recall(run: Run, _: Recall) -> Ending | None:
    from peninsula.sdk.running import memory  # noqa: PLC0415  weight: few results are kept

    found, disturbed = await _in_the_open(run, asyncio.to_thread, memory.recall, run)
    return disturbed or found


async def _call(run: Run, _: Call) -> Ending | None:
    limit = run.definition.timeout_seconds
    run.error = None
    if run.stream is not None:
        run.stream.begin(run, None if limit is None else _Alarm(run, limit))
        return await _draw(run, None)
    value, ending = await (_called(run) if limit is None else _call_until(run, limit))
    return ending or await _returned(run, value)


async def _returned(run: Run, value: Any) -> Ending:
    ending = None
    if futures := endings.futures_of(run, value):
        _, ending = await _in_the_open(run, _all_over, futures)
    return ending or endings.by_value(run, value)


async def _call_until(run: Run, limit: float) -> tuple[Any, Ending | None]:
    alarm = _Alarm(run, limit)
    value, ending = await _called(run)
    order = alarm.passed()
    return (value, ending) if order is None else (None, endings.by_time_limit(run, order))


async def _called(run: Run) -> tuple[Any, Ending | None]:
    function = run.definition.whole
    if run.memory is None:
        return await _in_the_open(run, function, *run.args, **run.kwargs)
    return await _in_the_open(run, run.memory.acall, function, *run.args, **run.kwargs)


class _Alarm:
    """The moment until which one attempt may take, watched by the event loop."""

    def __init__(self, run: Run, seconds: float) -> None:
        self._run = run
        self._seconds = seconds
        self._order: Order | None = None
        self._handle = asyncio.get_running_loop().call_later(seconds, self._ring)

    def _ring(self) -> None:
        self._order = timed_out(self._run, self._seconds)
        give(self._run, self._order)
        interrupt(self._run)

    def rest(self) -> None:
        """Interrupt nobody until the run goes on: in this loop, nothing else has to be done."""

    def passed(self) -> Order | None:
        """Stop watching. Return the order that was given if the time was up, else None."""
        self._handle.cancel()
        if self._order is not None:
            self._run.order = None
        return self._order


async def _draw(run: Run, _: Draw | None) -> Ending | None:
    stream = run.stream
    assert stream is not None  # noqa: S101  only its life draws
    around = None if run.memory is None else run.memory.acall
    yielded, ending = await _in_the_open(run, stream.advance, around)
    if yielded and ending is None:
        streams.drawn(run, stream)
        return None
    if stream.limit is not None and (order := stream.limit.passed()) is not None:
        ending = endings.by_time_limit(run, order)
    ending = streams.drawn_out(stream, ending)
    if ending is None:
        return await _returned(run, stream.value)
    return await _beside(run, stream.close, run) or ending


async def _settle(run: Run, effect: Settle) -> Ending | None:
    assert isinstance(run, FlowRun)  # noqa: S101  no other plan settles
    children.dismiss(run, effect.ending)
    if run.streaming:
        await _beside(run, children.close_generators, run, hooks.awaited)
    if children.are_stopped(effect.ending):
        await _beside(run, _all_over, children.unsettled(run), children.GRACE)
        children.abandon(run)
        return None
    while futures := children.unsettled(run):
        _, disturbed = await _in_the_open(run, _all_over, futures)
        if disturbed is not None:
            return disturbed
    return None


async def _keep(run: Run, effect: Keep) -> Ending:
    from peninsula.sdk.running import memory  # noqa: PLC0415  as above

    kept, disturbed = await _in_the_open(run, asyncio.to_thread, memory.keep, run, effect.ending)
    return disturbed or kept or effect.ending


async def _notify(run: Run, effect: Notify) -> Ending | None:
    return await _beside(run, hooks.notify, run, effect.type, hooks.awaited)


async def _consult(run: Run, effect: Consult) -> Ending | bool:
    answer, disturbed = await _in_the_open(run, hooks.consult, run, effect.ending, hooks.awaited)
    return disturbed or bool(answer)


async def _sleep(run: Run, effect: Sleep) -> Ending | None:
    holding.look(run)
    return (await _in_the_open(run, asyncio.sleep, effect.seconds))[1]


async def _in_the_open(
    run: Run, function: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any
) -> tuple[Any, Ending | None]:
    """Await the function where it can be interrupted; return its value, or how the run ends."""
    if (ending := endings.by_order(run)) is not None:
        return None, ending
    token = within(run)
    try:
        value = await function(*args, **kwargs)
    except BaseException as error:  # noqa: BLE001  exits and interrupts end runs, too
        return None, _left(run, error)
    finally:
        _leave(token)
    return value, endings.by_order(run)


def _left(run: Run, error: BaseException) -> Ending:
    if isinstance(error, CancelledError):
        found = order_over(run)
        if found is None:
            run.error = error
            return _CANCELLED_OUTSIDE
        if found[0] is run:
            # The cancelling was ours and ends here; whoever awaits the run is not cancelled.
            _task_of(run).uncancel()
    return endings.by_error(run, error)


_CANCELLED_OUTSIDE: Final = Ending(
    type=StateType.CRASHED,
    name="Crashed",
    message="Its asyncio task was cancelled from outside, as Ctrl-C does or the code around it.",
)


async def _beside(run: Run, function: Callable[..., Awaitable[Any]], *args: Any) -> Ending | None:
    """Await the function whatever is ordered, as that is known; return an ending if it exits."""
    if isinstance(run.error, GeneratorExit):
        return None  # a coroutine that is being closed may not await any more
    token = within(run)
    try:
        await function(*args)
    except BaseException as error:  # noqa: BLE001  as above
        if isinstance(error, CancelledError) and order_over(run) is not None:
            return None
        return endings.by_error_beside(run, error)
    finally:
        _leave(token)
    return None


def _leave(token: Token[Run | None]) -> None:
    # A coroutine that nobody awaits is closed by the garbage collector, in any context.
    with suppress(ValueError):
        leave(token)


def _task_of(run: Run) -> asyncio.Task[Any]:
    assert isinstance(run.gate, TaskGate)  # noqa: S101  drive gives it one
    return run.gate.task


async def _all_over(futures: Sequence[Future[Any]], timeout: float | None = None) -> None:  # noqa: ASYNC109  of the wait, not of the coroutine
    """Wait until all runs are over, or `timeout` seconds."""
    waiting = [future for future in futures if not future.done()]
    if waiting:
        await told(partial(after, waiting), timeout)


_PERFORM: Final[dict[type[Effect], Callable[[Run, Any], Awaitable[Any]]]] = {
    Prepare: _prepare,
    Recall: _recall,
    Begin: _begin,
    Notify: _notify,
    Call: _call,
    Draw: _draw,
    Settle: _settle,
    Keep: _keep,
    Consult: _consult,
    Sleep: _sleep,
}
