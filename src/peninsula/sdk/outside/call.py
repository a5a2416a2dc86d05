"""Tell one use of a system outside, by an event when it ends."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Hashable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Final, NamedTuple
from uuid import UUID

from msgspec import Raw, structs

from peninsula.core import codec
from peninsula.core.calls import CALL, CANCELLED, COMPLETED, FAILED, Begun, Credential, Report
from peninsula.core.events import EMPTY, Event, Related, Resource
from peninsula.core.life import describe, fit_message
from peninsula.core.texts import hide_queries
from peninsula.journal import emitter
from peninsula.journal.ledger import Ledger, Sample, Slot
from peninsula.sdk.interrupting.gates import Interrupt
from peninsula.sdk.interrupting.interrupts import Shielded
from peninsula.sdk.outside.floods import Flood, floods_of, this_process
from peninsula.sdk.runs import Run, current_run
from peninsula.sdk.telling import causes
from peninsula.sdk.telling.reports import new_id

__all__ = ["Call", "Target", "call_here", "call_of", "enter"]

TOUCHED: Final = 20
"""Paths that are told of one call."""

_CANCELS: Final = (asyncio.CancelledError, Interrupt, KeyboardInterrupt)

_log = logging.getLogger("peninsula.calls")


class Target(NamedTuple):
    """What a call goes to, and how."""

    about: Resource
    related: tuple[Related, ...] = ()
    arguments: Raw = EMPTY
    credential: Credential | None = None


class Call:
    """One call. It is begun, and completes or fails; what comes after that changes nothing.

    Calls of the same owner inside of it, in the same run, are part of it. Nothing here raises what
    its caller did not raise.
    """

    # What most calls never change is the class's: a call is made for each use of a system.
    id: UUID
    run: Run | None
    around: Call | None
    """The one that it was called in."""
    open: bool = False
    """Whether it is under way and told by itself."""
    items: int | None = None
    """Of a generator: how many it gave."""
    gives: bool = True
    """Whether what its generator yields is counted: that of a context yields once."""
    busy: float | None = None
    """Of a generator: seconds spent in it."""
    left_by: str | None = None
    """Type of the exception by which its caller left it."""
    status: int | None = None
    """Of HTTP: what was answered at last."""

    _target: Target
    _told: Begun
    _flood: Flood
    _ledger: Ledger
    _slot: Slot
    _process: object
    _begun: float
    _micros: int
    _bytes: int | None = None
    _rows: int | None = None
    _touched: tuple[str, ...] = ()
    _ending_untold: _Ending | None = None

    def __init__(self, type_: str, method: str, owner: object = None) -> None:
        """Make one of a type of block, or a library: `s3-bucket`."""
        self.type = type_
        self.method = method
        self.owner = self if owner is None else owner

    # --- its begin -------------------------------------------------------------------------------

    def begin(self, target: Callable[[], Target], run: Run | None = None) -> None:
        """Begin, unless it is part of another call; only then the target is asked for.

        `run` is the one that it belongs to, in a thread that nobody told.
        """
        around = _CURRENT.get()
        run = run or current_run()
        if around is not None and self._is_part(around, run):
            return
        with Shielded():
            self.around = call_here()
            self.run = run
            try:
                self._begin(target())
            except Exception:  # noqa: BLE001  what it goes to is said by code of the user's
                _log.debug("%s of %s is not told", self.method, self.type, exc_info=True)
                return
            self.open = True
            _CURRENT.set(self)

    def _is_part(self, around: Call | None, run: Run | None) -> bool:
        while around is not None:
            if around.open and around.owner is self.owner and around.run is run:
                return not around.inherited
            around = around.around
        return False

    def _begin(self, target: Target) -> None:
        journal = emitter.current()
        self.id = new_id()
        self._target = target
        self._process = this_process()
        self._micros = journal.micros()
        self._told = self._telling(target)
        self._flood = floods_of(self.run).of(self._key(), self._alike)
        self._ledger = journal.ledger
        self._slot = self._ledger.begin(self._told, self._flood.window)
        self._begun = time.perf_counter()

    def _key(self) -> Hashable:
        uses = self._target.related[0].id if self._target.related else ""
        return self.type, self.method, self._target.about.id, uses

    def _telling(self, target: Target) -> Begun:
        run = self.run
        return Begun(
            id=self.id,
            run=None if run is None else run.id,
            root=None if run is None else run.root.id,
            name=f"{CALL}{self.type}.{self.method}",
            about=target.about,
            related=target.related,
            type=self.type,
            method=self.method,
            started=self._micros,
            arguments=target.arguments,
            follows=None if self.around is None else self.around.id,
        )

    def _alike(self) -> Begun:
        return structs.replace(self._told, id=None, started=0, arguments=EMPTY, follows=None)

    @property
    def inherited(self) -> bool:
        """Whether it came here through a fork: it goes on in the parent process, which tells it."""
        return self._process is not this_process()

    def leave(self) -> None:
        """Go out of it while it is under way: what is called now is not called by it."""
        if self.open and _CURRENT.get() is self:
            _CURRENT.set(self.around)

    def enter(self) -> None:
        """Come back into it."""
        if self.open:
            _CURRENT.set(self)

    # --- what it says of itself ------------------------------------------------------------------

    def aim(self, about: Resource) -> None:
        """Say more exactly which system it goes to, as long as nothing of it is told."""
        if not self.open or self.inherited:
            return
        self._target = self._target._replace(about=about)
        self._told = structs.replace(self._told, about=about)
        self._touched = ()
        with Shielded():
            self._flood = floods_of(self.run).of(self._key(), self._alike)
            self._ledger.amend(self._slot, self._told)

    def touch(self, path: str) -> None:
        """Say which path it goes to; the first one is what the event is about."""
        if not self.open or self.inherited:
            return
        if path in self._touched or len(self._touched) >= TOUCHED:
            return
        self._touched += (path,)
        told = self._told
        if len(self._touched) == 1:
            about = Resource(id=path)
            self._told = structs.replace(told, about=about)
        else:
            related = (*told.related, Related(id=path, role="touched"))
            self._told = structs.replace(told, related=related)
        with Shielded():
            self._ledger.amend(self._slot, self._told)

    def give(self) -> None:
        """Count what a generator gives."""
        if self.gives:
            self.items = (self.items or 0) + 1

    def move(self, size: int | None = None, rows: int | None = None) -> None:
        """Add to the bytes and rows that it has moved."""
        if size is not None:
            self._bytes = (self._bytes or 0) + size
        if rows is not None:
            self._rows = (self._rows or 0) + rows

    # --- its end ---------------------------------------------------------------------------------

    def complete(self, result: object = None) -> None:
        """End well; of a result of bytes the size is known."""
        if self.open:
            if self._bytes is None and isinstance(result, bytes | bytearray | memoryview):
                self._bytes = len(result)
            self._end(COMPLETED, None)

    def fail(self, error: BaseException) -> None:
        """End by an exception, which from then on says which event tells of it."""
        if not self.open:
            return
        self._end(CANCELLED if isinstance(error, _CANCELS) else FAILED, error)
        self._mark(error)

    def refuse(self, kind: str, text: str) -> None:
        """End as failed where nothing is raised: its answer says so, as a status of HTTP does."""
        if self.open:
            self._end(FAILED, _Refusal(kind, text))

    def mark(self, answer: object) -> None:
        """Have the call known again by what it answered, should an exception hold that."""
        if self.open:
            causes.mark_call(answer, self.id, self._tell_late)

    def _mark(self, error: BaseException) -> None:
        marked = getattr(error, causes.CALL, None)
        # One with a later id is of a call inside this one; an earlier one is of another time.
        if not isinstance(marked, UUID) or marked < self.id:
            causes.mark_call(error, self.id, self._tell_late)

    def _end(self, outcome: str, error: BaseException | _Refusal | None) -> None:
        with Shielded():
            self.open = False
            if _CURRENT.get() is self:
                _CURRENT.set(self.around)
            self.owner = None
            try:
                if self._process is this_process() and not self._ledger.is_lost(self._slot):
                    self._settle(self._ending(outcome, error))
            except Exception:  # noqa: BLE001  a defect here is no failure of the user's
                _log.warning(
                    "The end of %s of %s is not told", self.method, self.type, exc_info=True
                )

    def _ending(self, outcome: str, error: BaseException | _Refusal | None) -> _Ending:
        seconds = time.perf_counter() - self._begun
        if error is None:
            return _Ending(outcome, seconds)
        if isinstance(error, _Refusal):
            return _Ending(outcome, seconds, hide_queries(fit_message(error.text)), error.kind)
        text = describe(error)
        return _Ending(outcome, seconds, text, type(error).__qualname__)

    def _settle(self, ending: _Ending) -> None:
        """Tell it, or count it. What found no slot is counted even if it is told."""
        is_named = self._slot.index >= 0 or self._ledger.closed
        micros = int(ending.seconds * 1e6)
        if self._flood.is_told(ending.error_type):
            self._flood.observe(micros)
            self._tell(ending, counted=not is_named)
            if is_named:
                self._ledger.end(self._slot)
                return
        else:
            self._ending_untold = ending
        sample = Sample(
            micros,
            failed=ending.outcome == FAILED,
            cancelled=ending.outcome == CANCELLED,
            bytes=self._bytes or 0,
            rows=self._rows or 0,
        )
        self._flood.count(self._slot, sample, self._tell_late)

    def _tell_late(self) -> None:
        """Tell a call that was only counted: it turns out to be a notable one."""
        ending, self._ending_untold = self._ending_untold, None
        if ending is not None:
            self._tell(ending, counted=True)

    def _tell(self, ending: _Ending, *, counted: bool) -> None:
        report = Report(
            type=self.type,
            method=self.method,
            started=datetime.fromtimestamp(self._micros / 1e6, UTC),
            seconds=round(ending.seconds, 6),
            busy=None if self.busy is None else round(self.busy, 6),
            items=self.items,
            bytes=self._bytes,
            rows=self._rows,
            status=self.status,
            error=ending.error,
            error_type=ending.error_type,
            left_by=self.left_by,
            arguments=self._target.arguments,
            credential=self._target.credential,
            counted=counted,
        )
        told = self._told
        event = Event(
            id=self.id,
            occurred=datetime.fromtimestamp(self._micros / 1e6 + ending.seconds, UTC),
            event=f"{told.name}.{ending.outcome}",
            resource=told.about,
            related=told.related,
            payload=Raw(codec.encode(report)),
            follows=told.follows,
        )
        emitter.current().emit_own(event, run=told.run, root=told.root)


class _Refusal(NamedTuple):
    kind: str
    text: str


class _Ending(NamedTuple):
    outcome: str
    seconds: float
    error: str | None = None
    error_type: str | None = None


_CURRENT: ContextVar[Call | None] = ContextVar("peninsula_call", default=None)

enter = _CURRENT.set
"""Make a call the innermost one, or none; for generators, which leave it with each value."""


def call_here() -> Call | None:
    """Return the innermost call that is under way here, if there is one."""
    call = _CURRENT.get()
    while call is not None and not call.open:
        call = call.around
    return call


def call_of(run: Run) -> Call | None:
    """Return the innermost call of that run that is under way here, and in this process."""
    call = _CURRENT.get()
    while call is not None and not (call.open and call.run is run):
        call = call.around
    return None if call is None or call.inherited else call
