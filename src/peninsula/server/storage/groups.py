"""Write units from one thread, in groups that share one commit.

A group is one transaction, each unit under a savepoint, so that one that fails takes nobody along.
When the commit itself fails, or the engine gives the transaction up in the middle (a full disk, a
lost connection), each unit of the group gets a transaction of its own.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from threading import Condition, Thread
from typing import Any, Final, NamedTuple, Protocol

from sqlalchemy import Connection

from peninsula.core.errors import UnavailableError
from peninsula.server.storage.database import AFTER_COMMIT

__all__ = ["STOPPED", "GroupWriter", "Writing"]

GROUP: Final = 64
"""Units that share one commit, at most."""

GROUP_SECONDS: Final = 0.05
"""A group that has taken this long is committed, whoever else waits."""

_log = logging.getLogger("peninsula.server")

STOPPED: Final = "The database is closed: the server is stopping. Try again when it is back."

Work = Callable[[Connection], Any]


class Writing(Protocol):
    """What the engines do each in their own way."""

    begin: str
    """The statement that begins a transaction."""
    attempts: int
    """How often a unit is run that loses against another transaction."""

    def connect(self) -> Connection:
        """Open a connection that leaves BEGIN and COMMIT to its caller."""
        ...

    def in_transaction(self, connection: Connection) -> bool:
        """Tell whether a transaction is open, so that there is something to roll back."""
        ...

    def is_usable(self, connection: Connection) -> bool:
        """Tell whether the connection is worth another transaction."""
        ...

    def loses(self, problem: BaseException) -> bool:
        """Tell whether the unit lost against another transaction and would pass if run again."""
        ...

    def translated(self, problem: BaseException) -> BaseException:
        """Return UnavailableError for a fault of the database, anything else as it is."""
        ...


class _Job(NamedTuple):
    work: Work
    done: Future[Any]


class _Outcome(NamedTuple):
    result: Any
    problem: BaseException | None
    actions: list[Callable[[], None]]


class GroupWriter:
    """The thread, and the units that wait for it."""

    def __init__(self, writing: Writing, name: str) -> None:
        """Do nothing until started."""
        self._writing = writing
        self._name = name
        self._urgent: deque[_Job] = deque()
        self._patient: deque[_Job] = deque()
        self._waiting = Condition()
        self._stopping = False
        self._thread: Thread | None = None
        self._connection: Connection | None = None

    def start(self) -> None:
        """Connect and start the thread. Raises what `connect` raises."""
        self._connection = self._writing.connect()
        self._stopping = False
        self._thread = Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, and end the thread; the connection stays open. Safe twice."""
        with self._waiting:
            self._stopping = True
            self._waiting.notify()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def close(self) -> None:
        """Close the connection of a stopped writer. Safe twice."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def submit(self, work: Work, *, urgent: bool = False) -> Future[Any]:
        """Have a unit written; an urgent one overtakes the others."""
        done: Future[Any] = Future()
        with self._waiting:
            if self._stopping or self._thread is None:
                raise UnavailableError(STOPPED)
            (self._urgent if urgent else self._patient).append(_Job(work, done))
            self._waiting.notify()
        return done

    # --- the thread ------------------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            with self._waiting:
                while not (self._urgent or self._patient or self._stopping):
                    self._waiting.wait()
                if not (self._urgent or self._patient):
                    return
            self._write_group()

    def _next(self) -> _Job | None:
        with self._waiting:
            if self._urgent:
                return self._urgent.popleft()
            return self._patient.popleft() if self._patient else None

    def _write_group(self) -> None:
        first = self._next()
        if first is None:
            return
        try:
            connection = self._begun()
        except Exception as problem:  # noqa: BLE001  whoever waits is told
            self._roll_back()
            _finish(first, _Outcome(None, self._writing.translated(problem), []))
            return
        group: list[_Job] = []
        outcomes: list[_Outcome] = []
        try:
            self._fill(connection, first, group, outcomes)
            connection.exec_driver_sql("COMMIT")
        except Exception:  # noqa: BLE001  each unit meets it again, or passes by itself
            self._roll_back()
            for job in group:
                _finish(job, self._write_alone(job))
            return
        for job, outcome in zip(group, outcomes, strict=True):
            _finish(job, outcome)

    def _fill(
        self, connection: Connection, job: _Job | None, group: list[_Job], outcomes: list[_Outcome]
    ) -> None:
        started = time.monotonic()
        while job is not None:
            group.append(job)
            outcomes.append(self._write_in_group(connection, job.work))
            full = len(group) >= GROUP or time.monotonic() - started >= GROUP_SECONDS
            job = None if full else self._next()

    def _write_in_group(self, connection: Connection, work: Work) -> _Outcome:
        connection.exec_driver_sql("SAVEPOINT unit")
        outcome = _outcome(connection, work)
        if outcome.problem is not None:
            if self._writing.loses(outcome.problem):
                raise outcome.problem
            # Fails where the engine gave up the transaction: then each unit runs alone.
            connection.exec_driver_sql("ROLLBACK TO unit")
            outcome = outcome._replace(problem=self._writing.translated(outcome.problem))
        connection.exec_driver_sql("RELEASE unit")
        return outcome

    def _write_alone(self, job: _Job) -> _Outcome:
        for attempt in range(1, self._writing.attempts + 1):
            outcome = self._attempt(job.work)
            problem = outcome.problem
            if problem is None:
                return outcome
            self._roll_back()
            if not self._writing.loses(problem) or attempt == self._writing.attempts:
                return outcome._replace(problem=self._writing.translated(problem))
        raise AssertionError

    def _attempt(self, work: Work) -> _Outcome:
        try:
            connection = self._begun()
            outcome = _outcome(connection, work)
            if outcome.problem is None:
                connection.exec_driver_sql("COMMIT")
        except Exception as problem:  # noqa: BLE001  whoever waits is told
            return _Outcome(None, problem, [])
        return outcome

    def _begun(self) -> Connection:
        """Begin a transaction, on a new connection where the last one was lost."""
        connection = self._connection
        if connection is not None and self._writing.is_usable(connection):
            try:
                return self._begin(connection)
            except Exception:
                # A connection that waited may have been cut: only its next use shows it.
                if self._writing.is_usable(connection):
                    raise
        self.close()
        self._connection = self._writing.connect()
        return self._begin(self._connection)

    def _begin(self, connection: Connection) -> Connection:
        connection.info.clear()
        connection.exec_driver_sql(self._writing.begin)
        return connection

    def _roll_back(self) -> None:
        connection = self._connection
        if connection is None:
            return
        try:
            if self._writing.in_transaction(connection):
                connection.exec_driver_sql("ROLLBACK")
        except Exception:  # noqa: BLE001  what cannot even roll back is not used again
            connection.invalidate()
            self.close()


def _outcome(connection: Connection, work: Work) -> _Outcome:
    actions: list[Callable[[], None]] = []
    connection.info[AFTER_COMMIT] = actions
    try:
        return _Outcome(work(connection), None, actions)
    except BaseException as problem:  # noqa: BLE001  it is handed to whoever waits for the unit
        return _Outcome(None, problem, [])


def _finish(job: _Job, outcome: _Outcome) -> None:
    for action in outcome.actions:
        try:
            action()
        except Exception:  # noqa: BLE001  it is logged whole
            # The rows are committed, and the thread has others to serve.
            _log.exception("What was left for after a commit failed")
    if not job.done.set_running_or_notify_cancel():
        return
    if outcome.problem is None:
        job.done.set_result(outcome.result)
    else:
        job.done.set_exception(outcome.problem)
