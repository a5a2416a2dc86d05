"""Have another process run a task run, and learn how it went."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Final
from uuid import UUID

from msgspec import structs

from peninsula.core.errors import RunCrashedError, SerializationError
from peninsula.core.life import Ending, fit_message
from peninsula.core.runs import Origin, StateChange
from peninsula.core.states import StateType
from peninsula.journal import emitter
from peninsula.sdk.interrupting.gates import Gate
from peninsula.sdk.interrupting.orders import order_over
from peninsula.sdk.remote import packing
from peninsula.sdk.remote.parcels import Answer, pack_around, pack_run
from peninsula.sdk.remote.sourced import Sourced
from peninsula.sdk.running import endings, engine, holding, hooks
from peninsula.sdk.runs import Run, TaskRun
from peninsula.sdk.states import Deferred, State
from peninsula.sdk.telling import reports
from peninsula.sdk.telling.pickled import remark

__all__ = ["Carrier", "Carry", "LostError", "RemoteGate"]

_PENDING: Final = StateChange(type=StateType.PENDING, name="Pending")


class LostError(Exception):
    """The process that ran the task is gone; the text says how."""


class RemoteGate(Gate):
    """That of a run whose code is in another process: orders are passed on to it."""

    __slots__ = ("_hold", "_is_held", "_place", "_run", "_tell", "_telling")

    def __init__(self, run: Run) -> None:
        super().__init__()
        self._run = run
        self._place = "its way to another process"
        self._tell: Callable[[Ending], None] | None = None
        self._hold: Callable[[bool], None] | None = None
        self._is_held = False
        self._telling = Lock()

    def lead(
        self,
        place: str,
        tell: Callable[[Ending], None] | None,
        hold: Callable[[bool], None] | None = None,
    ) -> None:
        """Say where the code is, how to tell it to end, and to begin nothing for a while.

        None is that there is no way.
        """
        self._place, self._tell, self._hold = place, tell, hold
        self.tell_held()
        if order_over(self._run) is not None:
            self.interrupt()  # it may have come before there was a way

    def tell_held(self) -> None:
        """Tell the process whether what the run begins there is to wait, where that has changed."""
        with self._telling:  # so that what is told last is how it is
            held = holding.is_kept_waiting(self._run)
            if self._hold is not None and held is not self._is_held:
                self._is_held = held
                self._hold(held)

    @property
    def place(self) -> str:
        """The process."""
        return self._place

    def interrupt(self) -> None:
        """Tell the process how its run is to end."""
        found = order_over(self._run)
        if found is None or self._tell is None:
            return
        target, order = found
        self._tell(order.ending if target is self._run else order.inherited)


Carry = Callable[[TaskRun, bytes, RemoteGate], bytes]
"""Brings a parcel to a process and returns its answer. Raises LostError."""


class Carrier:
    """Sends the task runs of one flow run away, each from the thread that waits for it."""

    def __init__(self, carry: Carry) -> None:
        self._carry = carry
        self._around: tuple[tuple[UUID, int], bytes] | None = None

    def drive(self, run: TaskRun) -> None:
        """Take a run from Pending to its end."""
        gate = RemoteGate(run)
        run.gate = gate
        run.root.live.add(run)
        engine.make_ready(run)
        try:
            ending = endings.by_order(run) or engine.prepare(run) or _held(run)
            ending = ending or self._send(run, gate)
            if ending is not None:
                reports.report(run, ending.change(0))
                hooks.now(hooks.notify(run, ending.type, hooks.waited))
        except BaseException as error:  # noqa: BLE001  whatever hits the engine, the run gets its end
            engine.break_off(run, error)
        finally:
            engine.put_away(run)

    def _send(self, run: TaskRun, gate: RemoteGate) -> Ending | None:
        """Bring the run to its end; return an ending if the other process has told none."""
        if not run.told:
            reports.report(run, _PENDING)
        try:
            parcel = pack_run(run, self._packed_around(run), emitter.current().stamp())
            answer: Answer = packing.loads(self._carry(run, parcel, gate))
            data: Sourced = packing.loads(answer.data) if answer.data else Sourced(None)
        except SerializationError as problem:
            return endings.failed(run, problem)
        except LostError as lost:
            if (ending := endings.by_order(run)) is None:
                _report_lost(run, str(lost))
            return ending
        emitter.current().observe(answer.stamp)
        if answer.state is None:
            return endings.failed(run, SerializationError(answer.refused or "It gave no answer."))
        if not run.over:  # given up meanwhile
            _learn(run, answer, structs.replace(answer.state, data=data.take(run.root.results)))
        return None

    def _packed_around(self, run: TaskRun) -> bytes:
        assert run.parent is not None  # noqa: S101  what is submitted is in a flow run
        version = run.parent.id, run.parent.run_count
        found = self._around
        if found is None or found[0] != version:
            found = self._around = version, pack_around(run.parent)
        return found[1]


def _held(run: TaskRun) -> Ending | None:
    """Wait while its flow run is paused; return an ending if it does not begin at all."""
    while not holding.may_begin(run):
        holding.wait(run)
        if (ending := endings.by_order(run)) is not None:
            return ending
    return None


def _report_lost(run: TaskRun, how: str) -> None:
    run.error = RunCrashedError(how)
    crashed = Ending(type=StateType.CRASHED, name="Crashed", message=fit_message(how))
    # Seen from outside: if the process told of the run's end before, that is how it ended.
    reports.report(run, structs.replace(crashed.change(0), origin=Origin.OBSERVER))


def _learn(run: TaskRun, answer: Answer, state: State) -> None:
    run.run_count = answer.run_count
    run.start_time = answer.start_time
    data = state.data
    if isinstance(data, BaseException):
        remark(data, answer.marks)
        run.error = data
    elif not isinstance(data, Deferred):
        run.data = data
        if state.is_completed():
            run.root.results.remember(data, run.id)
    run.state = state
