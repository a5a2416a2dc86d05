"""Hold back what is to begin in a flow run that was paused from outside.

What runs is not disturbed: it is the next task run, subflow or attempt that waits. A flow run that
is to give up its process does so when something waits and no task is at work any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from queue import SimpleQueue
from typing import Any, Final

from msgspec import structs

from peninsula.core.runs import RunKind, StateChange
from peninsula.core.states import StateType
from peninsula.core.work import PAUSE_KEY
from peninsula.sdk.interrupting.interrupts import interrupt
from peninsula.sdk.interrupting.orders import Order, give, order_over
from peninsula.sdk.runs import FlowRun, Run
from peninsula.sdk.telling import reports

__all__ = [
    "Holding",
    "give_up",
    "hold",
    "hold_below",
    "is_held",
    "is_kept_waiting",
    "join",
    "leave",
    "look",
    "may_begin",
    "put_away",
    "release",
    "release_below",
    "wait",
]


class Holding:
    """The flow runs of one tree that are held, and the runs that wait for that to be over."""

    __slots__ = ("_endings", "_held", "_waiting", "_woken")

    def __init__(self) -> None:
        self._held: set[Run] = set()
        self._endings: dict[Run, Order] = {}
        """How those end that are to give up their process."""
        self._waiting: dict[Run, Callable[[], Any]] = {}
        """Whoever waits, with what wakes it."""
        self._woken: set[Run] = set()
        """Those of them that no interrupt would wake."""

    def hold(self, run: Run, ending: Order | None) -> None:
        """Hold back what is to begin in a flow run; `ending`: until it ends so."""
        self._held.add(run)
        if ending is not None:
            self._endings[run] = ending

    def keep(self, run: FlowRun) -> None:
        """Let a flow run keep its process after all."""
        self._endings.pop(run, None)

    def release(self, run: Run) -> None:
        """Let all go on that waits for this flow run."""
        self._held.discard(run)
        for wake in tuple(self._waiting.values()):
            wake()

    def holds(self, run: Run) -> bool:
        """Tell whether the run, or one around it, is held."""
        return not run.root.inherited and any(each in self._held for each in _lineage(run))

    def join(self, run: Run, wake: Callable[[], Any], *, woken: bool) -> None:
        """Note that a run waits. Not `woken` is one that an interrupt reaches where it waits."""
        self._waiting[run] = wake
        if woken:
            self._woken.add(run)
        self.settle()

    def leave(self, run: Run) -> None:
        """Note that a run waits no more. Safe twice."""
        self._woken.discard(run)
        self._waiting.pop(run, None)

    def stir(self) -> None:
        """Have those look up that no interrupt would wake: an order was given, maybe to them.

        A signal handler may call this, so nothing here has a lock.
        """
        for run in tuple(self._woken):
            wake = self._waiting.get(run)
            if wake is not None:
                wake()

    def settle(self) -> None:
        """End the flow runs that are to give up their process, where no task is at work."""
        for run in tuple(self._endings):
            if self._is_idle(run) and (ending := self._endings.pop(run, None)) is not None:
                give(run, ending)
                if run not in self._woken:
                    interrupt(run)

    def is_to_end(self, run: Run) -> bool:
        """Tell whether the run, or one around it, gives up its process when nothing is at work."""
        return any(each in self._endings for each in _lineage(run))

    def _is_idle(self, run: Run) -> bool:
        waiting = [each for each in tuple(self._waiting) if run in _lineage(each)]
        waited_for = {above for each in waiting for above in _lineage(each)}
        begun = [each for each in tuple(run.root.begun) if run in _lineage(each)]
        resting = [each for each in (run, *begun) if _rests(each)]
        at_work = set(begun) - waited_for - set(resting)
        return bool(waiting or resting) and not at_work


def _lineage(run: Run) -> Iterator[Run]:
    """Give the run, and those around it."""
    current: Run | None = run
    while current is not None:
        yield current
        current = current.parent


def _rests(run: Run) -> bool:
    """Tell whether a run waits between two attempts, or for people by its own code."""
    state = run.behind if isinstance(run, FlowRun) and run.held is not None else run.state
    return state is not None and (state.name == "AwaitingRetry" or PAUSE_KEY in state.details)


# --- a run that is to begin -----------------------------------------------------------------------


def may_begin(run: Run) -> bool:
    """Note that an attempt of the run begins, unless it is held back."""
    root = run.root
    if run.kind is RunKind.TASK_RUN:
        root.begun.add(run)
    if root.holding is None or not root.holding.holds(run):
        return True
    root.begun.discard(run)
    if run.state is None:
        reports.report(run, _HELD)
    return False


_HELD: Final = StateChange(
    type=StateType.PENDING, name="Pending", message="Its flow run is paused."
)


def wait(run: Run) -> None:
    """Wait in this thread until the run is not held any more, or is ordered to end."""
    bell: SimpleQueue[None] = SimpleQueue()
    join(run, partial(bell.put, None), woken=True)
    holding = _holding(run)
    try:
        while holding.holds(run) and order_over(run) is None:
            bell.get()
    finally:
        holding.leave(run)


def join(run: Run, wake: Callable[[], Any], *, woken: bool = False) -> None:
    """Have `wake` called when the run may be held no more."""
    _holding(run).join(run, wake, woken=woken)


def leave(run: Run) -> None:
    """Wait no more."""
    _holding(run).leave(run)


def _holding(run: Run) -> Holding:
    assert run.root.holding is not None  # noqa: S101  it is there as soon as anything is held
    return run.root.holding


def give_up(run: FlowRun, ending: Order, wake: Callable[[], Any]) -> None:
    """Have a flow run that waits by its own code end so, when no task of it is at work.

    It is held already. `wake` is called when it is ordered to end, or was resumed.
    """
    holding = _holding(run)
    with run.telling:
        if run.held is None:
            wake()
            return
        holding.hold(run, ending)
    _tell_others(run)
    holding.join(run, wake, woken=True)


def is_held(run: Run) -> bool:
    """Tell whether nothing begins in the run, as someone has paused it or one around it."""
    return run.root.holding is not None and run.root.holding.holds(run)


def is_kept_waiting(run: Run) -> bool:
    """Tell whether what a run begins in another process is to wait there.

    Not where its flow run is to give up this one: what is at work is finished, with what it begins.
    """
    holding = run.root.holding
    return holding is not None and holding.holds(run) and not holding.is_to_end(run)


def _tell_others(run: Run) -> None:
    """Have processes that run something of this tree know what is held."""
    for each in tuple(run.root.live):
        gate = each.gate  # one that rests between two values loses its gate at any moment
        if gate is not None:
            gate.tell_held()


def hold_below(run: Run) -> None:
    """Hold back what begins in a run whose flow is in another process, which tells its state."""
    if run.root.holding is None:
        run.root.holding = Holding()
    run.root.holding.hold(run, None)


def release_below(run: Run) -> None:
    """Have it go on."""
    if run.root.holding is not None:
        run.root.holding.release(run)


def look(run: Run) -> None:
    """Look whether a flow run around may end now: this one is not at work for a while."""
    if run.root.holding is not None:
        run.root.holding.settle()


def put_away(run: Run) -> None:
    """Note that a run is not at work any more."""
    run.root.begun.discard(run)
    look(run)


# --- a flow run that is paused --------------------------------------------------------------------


def hold(run: FlowRun, paused: StateChange, ending: Order | None = None) -> None:
    """Pause a flow run where it is; with an ending, until no task of it is at work.

    May be called from any thread.
    """
    root = run.root
    with run.telling:
        if run.over or run.inherited:
            return
        if root.holding is None:
            root.holding = Holding()
        root.holding.hold(run, ending)
        if run.held is None:
            run.behind = _change_to(run)
        run.held = structs.replace(paused, attempt=max(0, run.run_count - 1))
        _tell_others(run)
        reports.report(run, run.held)
    root.holding.settle()


def _change_to(run: Run) -> StateChange | None:
    state = run.state
    if state is None:
        return None
    return StateChange(
        type=state.type,
        name=state.name,
        message=state.message,
        details=state.details,
        attempt=max(0, run.run_count - 1),
    )


def release(run: FlowRun) -> None:
    """Have a flow run go on that was paused; nothing happens to one that ends already."""
    holding = run.root.holding
    if holding is None or run.order is not None:
        return
    with run.telling:
        # Before anybody hears that it goes on: a task that ends then is not the last one any more.
        holding.keep(run)
        held, run.held = run.held, None
        if held is not None and run.behind is not None:
            reports.report(run, run.behind)
        holding.release(run)
        _tell_others(run)
