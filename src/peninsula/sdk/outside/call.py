"""Tell one use of a system outside, by an event when it ends."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from time import perf_counter_ns
from typing import Any, Final, NamedTuple, Self
from uuid import UUID
from weakref import finalize

from msgspec import Raw, structs

from peninsula.core.calls import CANCELLED, FAILED, Begun, Credential
from peninsula.core.events import EMPTY, Related, Resource
from peninsula.journal import emitter
from peninsula.journal.ledger import Ledger, Sample, Slot
from peninsula.sdk.interrupting.interrupts import Shielded, gate_here
from peninsula.sdk.interrupting.orders import ordered_state
from peninsula.sdk.outside.callbacks import is_raised_by
from peninsula.sdk.outside.endings import WELL, Ending, by_error, by_refusal, event_of
from peninsula.sdk.outside.floods import Flood, floods_of, this_process
from peninsula.sdk.outside.here import call_here, enter, innermost
from peninsula.sdk.outside.threads import run_here
from peninsula.sdk.runs import Run
from peninsula.sdk.telling import causes
from peninsula.sdk.telling.reports import new_id

__all__ = ["Call", "Target"]

TOUCHED: Final = 20
"""Paths that are told of one call."""

_BYTES: Final = (bytes, bytearray, memoryview)

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
    """The one that it is of, as long as it is open: what it has answered may be held by that."""
    target: Target
    begun: Begun
    """What is told of it should it not return."""
    around: Call | None = None
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
    given: tuple[object, ...] = ()
    """Arguments, as far as it may call them back."""
    ordered: str | None = None
    """The state that its run was ordered to end in when it ended."""
    status: int | None = None
    """Of HTTP: what was answered at last."""
    bytes: int | None = None
    rows: int | None = None
    learn: Callable[[], object] | None = None
    """Has secrets among its arguments masked, should it raise: its exception may repeat them."""

    _flood: Flood
    _ledger: Ledger
    _slot: Slot
    _process: object
    _since: int
    _unbegun: finalize[..., object] | None = None
    """Of one that is to begin later: ends it if that is gone before, or the process ends."""
    _touched: tuple[str, ...] = ()
    _is_followed: bool = False
    _untold: tuple[Ending, int] | None = None
    _ending: Ending = WELL
    """How it ends where nothing is raised."""
    _handled: causes.Marked | None = None

    def __init__(self, type_: str, method: str, owner: object = None) -> None:
        """Make one of a type of block, or a library: `s3-bucket`."""
        self.type = type_
        self.method = method
        self.owner = self if owner is None else owner

    @classmethod
    def elsewhere(cls, id_: UUID, run: Run | None) -> Self:
        """Return one that is under way in another process: what is called in it here follows it."""
        call = cls("", "")
        call.id, call.run, call.open, call._process = id_, run, True, None
        return call

    # --- its begin -------------------------------------------------------------------------------

    def begin(self, target: Callable[[], Target], run: Run | None = None) -> None:
        """Begin, unless it is part of another call; only then the target is asked for.

        `run` is the one that it belongs to, where that is not the one at work here.
        """
        run = run or run_here()
        around = innermost()
        if around is not None and self._is_part(around, run):
            return
        gate = gate_here()
        was = gate.shut()  # as `Shielded` does, for half its price
        try:
            self.run = run
            if around is not None:
                self.around = call_here()
            self._begin(target())
            self.open = True
            enter(self)
        except Exception:  # noqa: BLE001  what it goes to is said by code of the user's
            _log.debug("%s of %s is not told", self.method, self.type, exc_info=True)
        finally:
            gate.restore(was)

    def _is_part(self, around: Call | None, run: Run | None) -> bool:
        while around is not None:
            if around.open and around.owner is self.owner and around.run is run:
                return not around.inherited
            around = around.around
        return False

    def _begin(self, target: Target) -> None:
        journal = emitter.current()
        self.id = new_id()
        self.target = target
        self._process = this_process()
        self._flood = flood = floods_of(self.run).of(self)
        self.begun = structs.replace(
            flood.window.of,
            id=self.id,
            about=target.about,
            related=target.related,
            started=journal.micros(),
            arguments=target.arguments,
            follows=self._led_by(),
        )
        self._ledger = journal.ledger
        self._slot = self._ledger.begin(self.begun, flood.window)
        self._since = perf_counter_ns()

    def _led_by(self) -> UUID | None:
        """Return the call that it is made in, or else the failed one that is being handled."""
        if self.around is not None:
            return self.around.id
        if (handled := sys.exception()) is None:
            return None
        self._handled = causes.call_of(handled)
        return None if self._handled is None else self._handled.event

    @property
    def inherited(self) -> bool:
        """Whether it came here through a fork: it goes on in the parent process, which tells it."""
        return self._process is not this_process()

    def leave(self) -> None:
        """Go out of it while it is under way: what is called now is not called by it."""
        if self.open and innermost() is self:
            enter(self.around)

    def wait_for(self, later: object) -> None:
        """Go out of it until this begins, and end with it if it never does.

        It takes no slot meanwhile, of which what hangs has need: it is only counted.
        """
        self.leave()
        if self.open:
            self._unbegun = finalize(later, self.complete)
            self._ledger.set_aside(self._slot)

    def enter(self) -> None:
        """Come back into it."""
        if self._unbegun is not None:
            # It ends by itself now; a finalizer would run before what a generator does at its end.
            self._unbegun.detach()
            self._unbegun = None
            self._take_up()
        if self.open:
            enter(self)

    def rest(self, *, idle: bool) -> None:
        """Say whether it waits for its caller, or is at work again."""
        if self.open:
            self._ledger.rest(self._slot, idle=idle)
            if self._slot.window is not None and not idle:
                self._take_up()

    def _take_up(self) -> None:
        """Find it a slot again, now that it is at work."""
        if self.open and not self.inherited:
            with Shielded():
                self._ledger.take_up(self._slot)

    # --- what it says of itself ------------------------------------------------------------------

    def aim(self, about: Resource) -> None:
        """Say more exactly which system it goes to, as long as nothing of it is told."""
        if not self.open or self.inherited:
            return
        self.target = self.target._replace(about=about)
        self._touched = ()
        with Shielded():
            self._flood = floods_of(self.run).of(self)
            self._amend(structs.replace(self.begun, about=about))

    def touch(self, path: str) -> None:
        """Say which path it goes to; the first one is what the event is about."""
        if not self.open or self.inherited:
            return
        if path in self._touched or len(self._touched) >= TOUCHED:
            return
        self._touched += (path,)
        if len(self._touched) == 1:
            begun = structs.replace(self.begun, about=Resource(id=path))
        else:
            related = (*self.begun.related, Related(id=path, role="touched"))
            begun = structs.replace(self.begun, related=related)
        with Shielded():
            self._amend(begun)

    def _amend(self, begun: Begun) -> None:
        self.begun = begun
        self._ledger.amend(self._slot, begun, self._flood.window)

    def has_taken(self, nanoseconds: int) -> None:
        """Say that it was begun so long ago."""
        if self.open:
            self._since -= nanoseconds
            started = self.begun.started - nanoseconds // 1000
            self._amend(structs.replace(self.begun, started=started))

    def give(self) -> None:
        """Count what a generator gives."""
        if self.gives:
            self.items = (self.items or 0) + 1

    def move(self, size: int | None = None, rows: int | None = None) -> None:
        """Add to the bytes and rows that it has moved."""
        if size is not None:
            self.bytes = (self.bytes or 0) + size
        if rows is not None:
            self.rows = (self.rows or 0) + rows

    # --- its end ---------------------------------------------------------------------------------

    def complete(self, result: Any = None) -> None:
        """End well, unless it was refused; of a result of bytes the size is known."""
        if self.open:
            if self.bytes is None and issubclass(type(result), _BYTES):
                self.bytes = len(result)
            self._end(self._ending)

    def fail(self, error: BaseException) -> None:
        """End by an exception, which from then on says which event tells of it.

        What it was given has raised some: those are no failures of the system.
        """
        if not self.open:
            return
        if is_raised_by(self.given, error):
            self.end_left(error)
            return
        self._end(error)
        marked = causes.left_call(error)
        # One with a later id is of a call inside this one; an earlier one is of another time.
        if marked is None or marked < self.id:
            causes.mark_call(error, self.id, self.tell_late)

    def end_left(self, error: BaseException) -> None:
        """End well, as it was left by an exception of the code's."""
        self.left_by = type(error).__qualname__
        self.complete()

    def drop(self) -> None:
        """Take it back: what was called has not begun."""
        if not self.open:
            return
        with Shielded():
            self.open = False
            if innermost() is self:
                enter(self.around)
            self.owner = None
            if self._process is this_process():
                self._ledger.end(self._slot)

    def refuse(self, kind: str, text: str) -> None:
        """Have it end as failed where nothing is raised: its answer says no, as in HTTP."""
        self._ending = by_refusal(kind, text)

    def _end(self, how: Ending | BaseException) -> None:
        gate = gate_here()
        was = gate.shut()  # as above
        try:
            micros = (perf_counter_ns() - self._since) // 1000
            self.open = False
            if innermost() is self:
                enter(self.around)
            self.owner = None
            if isinstance(how, BaseException):
                self.ordered = ordered_state(self.run)
            if self.learn is not None and (isinstance(how, BaseException) or self.left_by):
                self.learn()
            self.learn = self.run = None
            self.given = ()
            if self._process is this_process() and not self._ledger.is_lost(self._slot):
                self._settle(how if isinstance(how, Ending) else by_error(how), micros)
        except Exception:  # noqa: BLE001  a defect here is no failure of the user's
            _log.warning("The end of %s of %s is not told", self.method, self.type, exc_info=True)
        finally:
            gate.restore(was)

    def _settle(self, ending: Ending, micros: int) -> None:
        """Tell it, or count it. What found no slot is counted even if it is told."""
        if self._flood.is_told(ending.error_type, micros) or self._is_followed:
            is_named = self._slot.index >= 0 or self._ledger.closed
            self._tell(ending, micros, counted=not is_named)
            if is_named:
                self._ledger.end(self._slot)
                return
        else:
            self._untold = ending, micros
        sample = Sample(
            micros, ending.outcome == FAILED, ending.outcome == CANCELLED, self.bytes, self.rows
        )
        self._flood.count(self._slot, sample, self.tell_late)

    def tell_late(self) -> None:
        """Tell a call that was only counted: it is a notable one, or something follows it."""
        untold, self._untold = self._untold, None
        if untold is not None:
            self._tell(*untold, counted=True)
        elif self.open:
            self._is_followed = True

    def _tell(self, ending: Ending, micros: int, *, counted: bool) -> None:
        if self.around is not None and not self.around.inherited:
            self.around.tell_late()
        if self._handled is not None:
            self._handled.tell()
        event = event_of(self, ending, micros, counted=counted)
        emitter.current().emit_own(event, run=self.begun.run, root=self.begun.root)
