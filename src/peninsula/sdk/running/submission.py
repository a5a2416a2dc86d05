"""Carry a submitted task run from its future to the pool that runs it."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context, copy_context
from functools import partial
from typing import Any, Final

from peninsula.core.errors import RunCancelledError
from peninsula.core.life import Ending
from peninsula.core.runs import StateChange
from peninsula.core.states import StateType
from peninsula.sdk.interrupting import orders
from peninsula.sdk.interrupting.interrupts import Shielded, interrupt
from peninsula.sdk.running.futures import Carrier, Future, after, carry_by, finish
from peninsula.sdk.running.runners import Pool, ThreadPoolTaskRunner
from peninsula.sdk.runs import FlowRun, TaskRun
from peninsula.sdk.telling import progress, reports

__all__ = ["Work", "submit"]

_PENDING: Final = StateChange(type=StateType.PENDING, name="Pending")


class Work(Carrier):
    """One submitted task run. It is begun once, by whoever claims it first."""

    __slots__ = ("_context", "_pool", "_tally", "_tickets", "future", "run")

    def __init__(self, run: TaskRun, pool: Pool) -> None:
        self.run = run
        self.future: Future[Any] = Future(run)
        carry_by(self.future, self)
        self._pool = pool
        self._context: Context = copy_context()
        self._tickets = [None]
        self._tally = progress.submitted(run.definition.name)

    def __call__(self) -> None:
        """Run the task in the context in which it was submitted, unless that is done already."""
        if self._claim():
            try:
                self._context.run(self._pool.drive, self.run)
            finally:
                self._finish()

    def work(self) -> Callable[[], None] | None:
        """Return the work for a thread of the pool that is going to wait for it.

        It would leave one fewer for what it waits for, and all of them waiting, none.
        """
        if self._pool.is_here() and all(future.done() for future in self.run.inputs.futures):
            return partial(_do, self)
        return None

    def call_off(self, ending: Ending) -> None:
        """End the run without running it, unless it is begun."""
        if self._claim():
            self.give_up(ending)

    def cancel(self) -> bool:
        """End the run Cancelled, interrupting it if it is begun; tell whether it was not over."""
        with Shielded():
            if self.future.done():
                return False
            order = orders.cancellation(self.run, "Its future was cancelled.")
            orders.give(self.run, order)
            self.call_off(order.ending)
            interrupt(self.run)
        return True

    def give_up(self, ending: Ending) -> None:
        """End the run whatever its thread does; nothing that comes from there counts any more."""
        self.run.error = RunCancelledError(ending.message or ending.name)
        reports.report(self.run, ending.change(max(0, self.run.run_count - 1)))
        self._finish()

    def _claim(self) -> bool:
        try:
            self._tickets.pop()
        except IndexError:
            return False
        return True

    def _finish(self) -> None:
        if self.run.memory is not None and not self.run.definition.cache_result_in_memory:
            self.run.data = None  # its state reads it back
        if self.run.flow_run is not None:
            self.run.flow_run.unsettled.discard(self)
        if self._tally is not None and not self.future.done():
            self._tally.leave(self.run)
        finish(self.future)


def submit(run: TaskRun, flow_run: FlowRun, *, named: bool) -> Future[Any]:
    """Have the flow run's pool run it once all it waits for is over; return its future.

    Not `named` is a run whose name needs results that it waits for: it is told of later.
    """
    pool = _pool_of(flow_run)
    work = Work(run, pool)
    reports.report(run, _PENDING, told=named)
    flow_run.unsettled.add(work)
    after([each for each in run.inputs.futures if not each.done()], partial(pool.execute, work))
    return work.future


def _pool_of(flow_run: FlowRun) -> Pool:
    if flow_run.pool is None:
        runner = flow_run.definition.task_runner or ThreadPoolTaskRunner()
        flow_run.pool = runner.open()
    return flow_run.pool


def _do(work: Work) -> None:
    with Shielded():
        work()
