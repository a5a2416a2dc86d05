"""Run a task run that another process sent, as if the flow were here."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from msgspec import structs

from peninsula.core.errors import RunFailedError, SerializationError
from peninsula.core.life import Ending, describe
from peninsula.journal import emitter, masking
from peninsula.sdk.arguments.summaries import learn_secrets
from peninsula.sdk.interrupting import orders, signals
from peninsula.sdk.interrupting.interrupts import interrupt
from peninsula.sdk.interrupting.orders import Order
from peninsula.sdk.remote import packing
from peninsula.sdk.remote.parcels import Answer, Parcel
from peninsula.sdk.remote.sourced import Sourced, pack, sourced
from peninsula.sdk.remote.stand_ins import stand_in
from peninsula.sdk.results.transaction_locks import inside
from peninsula.sdk.run_keys import RunKeys
from peninsula.sdk.running import children, drivers, holding
from peninsula.sdk.running.futures import wait_all
from peninsula.sdk.running.inputs import Inputs
from peninsula.sdk.runs import Run, TaskRun, tags
from peninsula.sdk.states import State
from peninsula.sdk.telling import logs, progress
from peninsula.sdk.telling.pickled import marks_of
from peninsula.sdk.telling.tracebacks import traceback_of

if TYPE_CHECKING:
    from peninsula.sdk.tasks import Task

__all__ = ["ReceivedRun", "order", "receive"]


def receive(parcel: bytes, begin: Callable[[ReceivedRun], object] | None = None) -> bytes:
    """Run what was sent and return the answer. `begin` is called with it before it runs."""
    progress.give_way()
    try:
        received = ReceivedRun(parcel)
    except SerializationError as problem:
        return _refusal(problem)
    _received[received.run.id] = received
    try:
        if begin is not None:
            begin(received)
        return received.drive()
    finally:
        del _received[received.run.id]


_received: Final[dict[UUID, ReceivedRun]] = {}


def order(run: UUID, ending: Ending) -> bool:
    """Have a run that is here end so; False if it is not here, or not any more."""
    received = _received.get(run)
    if received is not None:
        received.order(ending)
    return received is not None


class ReceivedRun:
    """One task run in a process that is not its flow's."""

    def __init__(self, packed: bytes, task: Task[..., Any] | None = None) -> None:
        """Unpack a parcel; `task` is that of a background run, whose result nobody waits for here.

        Raises SerializationError, as for a module that is not here.
        """
        parcel: Parcel = packing.loads(packed)
        masking.register(parcel.secrets)
        emitter.current().observe(parcel.stamp)
        self._tags = parcel.run_tags
        self._holders = parcel.holders
        self._sent: tuple[Any, bytes] | None = None
        self.run = _revive(parcel, parcel.task or task)
        learn_secrets(self.run.parameters, self.run.definition.signature.secret)
        if task is None:
            self.run.sends = self._pack_result

    def order(self, ending: Ending) -> None:
        """Have the run end so, as soon as it can be interrupted. From any thread."""
        orders.give(self.run, Order(ending=ending, inherited=ending, error=None))
        interrupt(self.run)

    def hold(self, *, held: bool) -> None:
        """Have what the run begins wait while a flow run around it is paused. From any thread."""
        if held:
            holding.hold_below(self.run)
        else:
            holding.release_below(self.run)

    def drive(self) -> bytes:
        """Take the run to its end, and all it submitted; return the packed answer."""
        self.live()
        return self._answer()

    def live(self) -> None:
        """Take the run to its end, and all it submitted."""
        run = self.run
        logs.install()
        signals.guard(run)
        try:
            with tags(*self._tags), inside(self._holders):
                drivers.drive(run)
            _settle(run)
        finally:
            signals.release(run)

    def _pack_result(self, value: Any) -> None:
        """Pack what the run returned. Raises SerializationError if that cannot be."""
        try:
            self._sent = value, pack(sourced(value, self.run.root.results))
        except SerializationError as problem:
            msg = (
                f"The result of the {self.run.definition.titled} cannot be sent back from the"
                f" process that made it: {problem.message}. Return what can be pickled, or run"
                " the task with ThreadPoolTaskRunner()."
            )
            raise SerializationError(msg) from None

    def _answer(self) -> bytes:
        state = self.run.state
        assert state is not None  # noqa: S101  it was driven
        data = _with_traceback(state.data) if isinstance(state.data, BaseException) else state.data
        if self._sent is None or self._sent[0] is not data:
            self._sent = data, _packed(data, state)
        return packing.dumps(
            Answer(
                stamp=emitter.current().stamp(),
                state=structs.replace(state, data=None),
                data=self._sent[1],
                marks=marks_of(data) if isinstance(data, BaseException) else {},
                start_time=self.run.start_time,
                run_count=self.run.run_count,
            )
        )


def _refusal(problem: SerializationError) -> bytes:
    """Return the answer to a parcel that cannot be opened here."""
    return packing.dumps(
        Answer(
            refused=(
                f"The process that was to run the task cannot load it: {problem.message}."
                " Make what it imports importable there."
            )
        )
    )


# --- what was around it ---------------------------------------------------------------------------


def _revive(parcel: Parcel, task: Task[..., Any] | None) -> TaskRun:
    assert task is not None  # noqa: S101  one of the two sides has it
    parent: Run | None = None
    for around in reversed(packing.loads(parcel.around)):
        parent = stand_in(around, parent)
    run = TaskRun(task, parcel.id, parent, parcel.tags)
    run.name, run.key = parcel.name, parcel.key
    run.parameters, run.wait_for = parcel.parameters.take(run.root.results), None
    run.args, run.kwargs = task.signature.arguments(run.parameters)
    run.inputs = Inputs()
    run.persists = parcel.persists
    run.told = True
    run.keys = RunKeys.below(run.key, run.id)
    return run


def _settle(run: TaskRun) -> None:
    """Wait for what the task submitted and did not wait for: its flow cannot, from elsewhere."""
    flow_run = run.flow_run
    if flow_run is None:
        return
    while futures := children.unsettled(flow_run):
        wait_all(futures)
    if flow_run.pool is not None:
        flow_run.pool.close()


# --- what goes back -------------------------------------------------------------------------------


def _with_traceback(error: BaseException) -> BaseException:
    """Note on an exception where it was raised: pickles have no traceback."""
    where = traceback_of(error)
    if where:
        with suppress(Exception):  # classes of the user's may refuse it
            error.add_note(f"It was raised in process {os.getpid()}:{where}")
    return error


def _packed(data: Any, state: State) -> bytes:
    """Pack a result, or an exception, or what says why that cannot be sent."""
    try:
        packed = pack(Sourced(data))
        if isinstance(data, BaseException):
            packing.loads(packed)  # many an exception can be pickled and not be made again
    except SerializationError as problem:
        said = describe(data) if isinstance(data, BaseException) else state.message or state.name
        msg = f"{said} (it cannot be sent from the process it is in: {problem.message})"
        return pack(Sourced(RunFailedError(msg)))
    return packed
