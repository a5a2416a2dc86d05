"""Wait for runs that were submitted, and take their results."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from threading import Event
from typing import Any, Generic, TypeVar
from uuid import UUID

from peninsula.sdk.runs import TaskRun
from peninsula.sdk.states import State

__all__ = ["Future", "FutureList", "after", "wait_all"]

R = TypeVar("R")


class Future(Generic[R]):
    """A task run that was submitted, and its result when it is over."""

    __slots__ = ("__weakref__", "_callbacks", "_help", "_over", "task_run")

    any_made = False
    """Whether this process has ever made one: if not, nobody needs to look for them."""

    def __init__(self, task_run: TaskRun) -> None:
        self.task_run = task_run
        self._over = Event()
        self._callbacks: list[Callable[[Future[R]], Any]] | None = []
        self._help: Callable[[], Any] | None = None
        Future.any_made = True

    @property
    def task_run_id(self) -> UUID:
        """The id of the task run."""
        return self.task_run.id

    @property
    def state(self) -> State:
        """The state the task run is in."""
        state = self.task_run.state
        assert state is not None  # noqa: S101  a run is Pending before its future is given out
        return state

    def done(self) -> bool:
        """Tell whether the task run is over."""
        return self._over.is_set()

    def wait(self, timeout: float | None = None) -> None:
        """Wait until the task run is over, or `timeout` seconds."""
        help_ = self._help
        if help_ is not None and timeout is None:
            help_()
        self._over.wait(timeout)

    def result(self, timeout: float | None = None, raise_on_failure: bool = True) -> R:  # noqa: FBT001, FBT002  Prefect's name
        """Wait for the result and return it, or raise what ended the run.

        Without `raise_on_failure` the exception is returned. Raises TimeoutError if the run is not
        over after `timeout` seconds.
        """
        self.wait(timeout)
        if not self.done():
            msg = f'Task run "{self.task_run.name}" is not over after {timeout} s.'
            raise TimeoutError(msg)
        result: R = self.state.result(raise_on_failure=raise_on_failure)
        return result

    def add_done_callback(self, function: Callable[[Future[R]], Any]) -> None:
        """Call the function with this future when the run is over, at once if it is.

        It is called in the thread that ran the task.
        """
        callbacks = self._callbacks
        if callbacks is not None:
            callbacks.append(function)
            # The run may have ended meanwhile; whoever takes the function out of the list calls it.
            if self._callbacks is not None or not _take(callbacks, function):
                return
        function(self)

    def finish(self) -> None:
        """Let all go on that wait. The engine calls it once the state is final; safe twice."""
        callbacks, self._callbacks = self._callbacks, None
        if callbacks is None:
            return
        self._help = None
        self._over.set()
        while callbacks:
            try:
                function = callbacks.pop(0)
            except IndexError:
                return
            function(self)

    def help_with(self, help_: Callable[[], Any]) -> None:
        """Have whoever waits call this first: it may do the work itself."""
        self._help = help_

    def __repr__(self) -> str:
        return f"Future({self.task_run.name!r}, {self.state!r})"


def _take(callbacks: list[Any], function: Any) -> bool:
    try:
        callbacks.remove(function)
    except ValueError:
        return False
    return True


class FutureList(list[Future[R]]):
    """The futures of a `map`, in the order of its items."""

    def wait(self, timeout: float | None = None) -> None:
        """Wait until all runs are over, or `timeout` seconds."""
        wait_all(self, timeout)

    def result(self, timeout: float | None = None, raise_on_failure: bool = True) -> list[R]:  # noqa: FBT001, FBT002  as above
        """Return all results, or raise the first failure."""
        wait_all(self, timeout)
        missing = sum(not future.done() for future in self)
        if missing:
            msg = f"{missing} of {len(self)} task runs are not over after {timeout} s."
            raise TimeoutError(msg)
        return [future.result(raise_on_failure=raise_on_failure) for future in self]


def wait_all(futures: Iterable[Future[Any]], timeout: float | None = None) -> None:
    """Wait until all runs are over, or `timeout` seconds for all together."""
    deadline = None if timeout is None else time.monotonic() + timeout
    for future in futures:
        future.wait(None if deadline is None else deadline - time.monotonic())


def after(futures: Sequence[Future[Any]], go_on: Callable[[], Any]) -> None:
    """Call the function when all runs are over, at once if there are none."""
    if not futures:
        go_on()
        return
    # One ticket fewer than futures, and taking one is atomic: exactly one thread finds none left.
    tickets = [None] * (len(futures) - 1)

    def one_is_over(_: Future[Any]) -> None:
        try:
            tickets.pop()
        except IndexError:
            go_on()

    for future in futures:
        future.add_done_callback(one_is_over)
