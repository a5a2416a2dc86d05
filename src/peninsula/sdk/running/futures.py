"""Wait for runs that were submitted, take their results, cancel them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from queue import Empty, SimpleQueue
from threading import Event
from typing import Any, Final, Generic, NamedTuple, TypeVar, cast
from uuid import UUID

from peninsula.sdk.runs import TaskRun
from peninsula.sdk.states import State

__all__ = [
    "Carrier",
    "DoneAndNotDoneFutures",
    "Future",
    "FutureList",
    "after",
    "any_made",
    "as_completed",
    "carry_by",
    "finish",
    "help_with",
    "wait",
    "wait_all",
]

R = TypeVar("R")


class Carrier:
    """Has the run of a future in hand.

    Whoever waits for the run, asks how it is or cancels it, turns to this until it is over.
    """

    __slots__ = ()

    def work(self) -> Callable[[], Any] | None:
        """Return what to do here, by who is going to wait, if otherwise nobody might do it."""
        return None

    def follow(self) -> None:
        """Have the future know when the run is over. Cheap when it is asked again."""

    def look(self) -> None:
        """Learn how the run is just now."""

    def cancel(self) -> bool:
        """Cancel the run; tell whether it was still to end."""
        return False


_NOBODY: Final = Carrier()


class Future(Generic[R]):
    """A task run that was submitted, and its result when it is over."""

    __slots__ = (
        "__weakref__",
        "_callbacks",
        "_carrier",
        "_over",
        "task_run",
    )

    _any_made = False

    def __init__(self, task_run: TaskRun) -> None:
        self.task_run = task_run
        self._over = Event()
        self._callbacks: list[Callable[[Future[R]], Any]] | None = []
        self._carrier = _NOBODY
        Future._any_made = True

    @property
    def task_run_id(self) -> UUID:
        """The id of the task run."""
        return self.task_run.id

    @property
    def state(self) -> State[R]:
        """The state the task run is in; of one that is elsewhere, what the server knew just now."""
        self._carrier.look()
        return self._known

    @property
    def _known(self) -> State[R]:
        state = self.task_run.state
        assert state is not None  # noqa: S101  a run is Pending before its future is given out
        return state

    def done(self) -> bool:
        """Tell whether the task run is over."""
        self._ask()
        return self._over.is_set()

    def wait(self, timeout: float | None = None) -> None:
        """Wait until the task run is over, or `timeout` seconds."""
        self._ask()
        if timeout is None:
            help_with(self)
        self._over.wait(timeout)

    async def wait_async(self, timeout: float | None = None) -> None:  # noqa: ASYNC109  of the wait, not of the coroutine
        """Wait in an event loop, whose other tasks go on meanwhile."""
        from peninsula.sdk.loops import in_thread, told  # noqa: PLC0415  weight: asyncio

        if timeout is None and (work := self._carrier.work()) is not None:
            await in_thread(work)
        await told(lambda tell: self.add_done_callback(lambda _: tell()), timeout)

    def result(self, timeout: float | None = None, raise_on_failure: bool = True) -> R:  # noqa: FBT001, FBT002  Prefect's name
        """Wait for the result and return it, or raise what ended the run.

        Without `raise_on_failure` the exception is returned. Raises TimeoutError if the run is not
        over after `timeout` seconds. In an event loop all else waits, too; there is `result_async`.
        """
        self.wait(timeout)
        return self._outcome(timeout, raise_on_failure)

    async def result_async(
        self,
        timeout: float | None = None,  # noqa: ASYNC109  as above
        raise_on_failure: bool = True,  # noqa: FBT001, FBT002  Prefect's name
    ) -> R:
        """Return what `result` returns; an event loop's other tasks go on meanwhile."""
        await self.wait_async(timeout)
        return self._outcome(timeout, raise_on_failure)

    def _outcome(self, timeout: float | None, raise_on_failure: bool) -> R:  # noqa: FBT001  handed on
        if not self.done():
            msg = f'Task run "{self.task_run.name}" is not over after {timeout} s.'
            raise TimeoutError(msg)
        return cast("R", self.state.result(raise_on_failure=raise_on_failure))

    def cancel(self) -> bool:
        """Cancel the run; tell whether it was still to end.

        One that has not begun is Cancelled at once. One that runs is interrupted as when someone
        cancels its flow run: between two steps of Python code, or where a coroutine awaits.
        """
        return self._carrier.cancel()

    def add_done_callback(self, function: Callable[[Future[R]], Any]) -> None:
        """Call the function with this future when the run is over, at once if it is.

        It is called in the thread that ran the task.
        """
        self._ask()
        callbacks = self._callbacks
        if callbacks is not None:
            callbacks.append(function)
            # The run may have ended meanwhile; whoever takes the function out of the list calls it.
            if self._callbacks is not None or not _take(callbacks, function):
                return
        function(self)

    def _ask(self) -> None:
        if not self._over.is_set():
            self._carrier.follow()

    def __repr__(self) -> str:
        return f"Future({self.task_run.name!r}, {self._known!r})"


def _take(callbacks: list[Any], function: Any) -> bool:
    try:
        callbacks.remove(function)
    except ValueError:
        return False
    return True


# --- the engine's side of a future ----------------------------------------------------------------
# Functions, so that whoever looks at a future is shown what is meant for users.


def any_made() -> bool:
    """Tell whether this process has ever made a future: if not, nobody needs to look for them."""
    return Future._any_made


def finish(future: Future[Any]) -> None:
    """Let all go on that wait, once the state is final. Safe twice."""
    callbacks, future._callbacks = future._callbacks, None
    if callbacks is None:
        return
    future._carrier = _NOBODY
    future._over.set()
    while callbacks:
        try:
            function = callbacks.pop(0)
        except IndexError:
            return
        function(future)


def carry_by(future: Future[Any], carrier: Carrier) -> None:
    """Give it what has its run in hand."""
    future._carrier = carrier


def help_with(future: Future[Any]) -> None:
    """Do the work here if otherwise nobody might. Whoever is going to wait calls this first."""
    work = future._carrier.work()
    if work is not None:
        work()


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


class DoneAndNotDoneFutures(NamedTuple, Generic[R]):
    """What `wait` found."""

    done: set[Future[R]]
    """Those whose runs are over, however they ended."""
    not_done: set[Future[R]]


def wait(futures: Iterable[Future[R]], timeout: float | None = None) -> DoneAndNotDoneFutures[R]:
    """Wait until all runs are over, or `timeout` seconds; tell which are, and which are not."""
    given = set(futures)
    wait_all(given, timeout)
    done = {future for future in given if future.done()}
    return DoneAndNotDoneFutures(done, given - done)


def as_completed(futures: Iterable[Future[R]], timeout: float | None = None) -> Iterator[Future[R]]:
    """Yield each future when its run is over, the first to end first.

    Raises TimeoutError if not all runs are over after `timeout` seconds.
    """
    pending = dict.fromkeys(futures)
    count = len(pending)
    deadline = None if timeout is None else time.monotonic() + timeout
    over: SimpleQueue[Future[R]] = SimpleQueue()
    for future in pending:
        future.add_done_callback(over.put)
    while pending:
        found = _next_over(over, pending, deadline)
        if found is None:
            msg = f"{len(pending)} of {count} task runs are not over after {timeout} s."
            raise TimeoutError(msg)
        del pending[found]
        yield found


def _next_over(
    over: SimpleQueue[Future[R]], pending: Iterable[Future[R]], deadline: float | None
) -> Future[R] | None:
    if deadline is None and over.empty():
        help_with(next(iter(pending)))
    try:
        return over.get(timeout=None if deadline is None else max(0, deadline - time.monotonic()))
    except Empty:
        return None


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
