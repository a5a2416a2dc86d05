"""Keep account of the calls of one process: what is under way, and what calls came to.

What a process tells one by one is in its journal. All else is here, and in a file beside it
(`sheet`), which whoever adopts the journal turns into events (`unsettled`).
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final, NamedTuple, Protocol
from uuid import UUID

from msgspec import structs

from peninsula.core import codec
from peninsula.core.calls import CALL, Begun, lost_event, roll_up_event
from peninsula.core.events import EMPTY, Event, Resource
from peninsula.core.ids import uuid7
from peninsula.core.resources import own, system_of
from peninsula.core.tallies import Tally
from peninsula.journal.masking import hide_in_json
from peninsula.journal.sheet import COUNTERS, SLOT_BODY, SLOTS, Sheet

__all__ = ["Ledger", "Sample", "Slot", "Window"]

EVERY: Final = 10.0
"""Seconds between two roll-ups of the same calls."""

_log = logging.getLogger("peninsula.journal")


class Tell(Protocol):
    """Tells an event, with its run and the run at the top."""

    def __call__(self, event: Event, *, run: UUID | None, root: UUID | None) -> None: ...


class Sample(NamedTuple):
    """One call that is counted and not told by itself."""

    micros: int
    failed: bool = False
    cancelled: bool = False
    bytes: int | None = None
    rows: int | None = None


class Window:
    """Calls that are alike, counted from one roll-up to the next."""

    __slots__ = ("counter", "half", "notable", "of", "tally")

    def __init__(self, of: Begun) -> None:
        self.of = of
        self.counter = -1
        self.half = 0
        self.tally: Tally | None = None
        """None while nothing is counted."""
        self.notable: dict[str, Callable[[], None]] = {}
        """Tell calls among them beside the roll-up: the slowest, the newest failure."""


class Slot:
    """A call that is under way."""

    __slots__ = ("begun", "half", "idle", "index", "like", "ticket", "window")

    def __init__(self, ticket: int, begun: Begun, like: Window) -> None:
        self.ticket = ticket
        self.begun = begun
        self.like = like
        self.index = -1
        self.half = 0
        self.idle = False
        """Whether it waits for who called it: a generator between two values."""
        self.window: Window | None = None
        """Of one that has no slot: where it is counted as under way."""


class Ledger:
    """The calls of one emitter, from any thread."""

    def __init__(
        self,
        sheet: Sheet,
        tell: Tell,
        *,
        emitter: UUID,
        micros: Callable[[], int],
    ) -> None:
        """Tell roll-ups by `tell`; `micros` is the clock."""
        self._sheet = sheet
        self._tell = tell
        self._micros = micros
        self._lock = threading.RLock()
        self._tickets = 0
        self._slots = list(range(SLOTS))
        self._held: list[Slot | None] = [None] * SLOTS
        self._open: set[Slot] = set()
        self._counters = list(range(1, COUNTERS))
        self._windows: set[Window] = set()
        self._others = Window(_others(emitter))
        self._thread: threading.Thread | None = None
        self._over = threading.Event()
        self.closed = False

    # --- one call --------------------------------------------------------------------------------

    def begin(self, begun: Begun, window: Window) -> Slot:
        """Take note that a call begins; where all slots are taken, it is counted in its window."""
        body = _fitted(begun)
        with self._lock:
            self._tickets += 1
            slot = Slot(self._tickets, begun, window)
            self._open.add(slot)
            if self._has_room():
                self._take(slot)
                self._sheet.fill(slot.index, slot.ticket, 0, body)
            else:
                slot.window = counted = self._counting(window)
                _tally(counted).open(1)
                self._keep(counted)
        return slot

    def amend(self, slot: Slot, begun: Begun, window: Window) -> None:
        """Say more exactly what a call goes to, and so which ones it is like."""
        with self._lock:
            slot.begun, slot.like = begun, window
            if slot.index >= 0:
                slot.half ^= 1
                self._sheet.fill(slot.index, slot.ticket, slot.half, _fitted(begun))

    def rest(self, slot: Slot, *, idle: bool) -> None:
        """Take note that a call waits for who called it, or is at work again."""
        slot.idle = idle
        if (index := slot.index) >= 0:
            self._sheet.rest(index, slot.ticket if idle else 0)

    def set_aside(self, slot: Slot) -> None:
        """Give away the slot of a call that waits for its caller: it is counted in its window."""
        with self._lock:
            if slot.index < 0 or slot not in self._open:
                return
            slot.window = counted = self._counting(slot.like)
            # Its ticket says that it is counted, should the process be killed just now.
            _tally(counted).open(1, slot.ticket)
            self._keep(counted)
            self._give(slot)

    def take_up(self, slot: Slot) -> None:
        """Find a slot for a call that has none, if there is one."""
        with self._lock:
            counted = slot.window
            if counted is None or slot not in self._open or not self._has_room():
                return
            self._tickets += 1
            slot.ticket, slot.window = self._tickets, None
            self._take(slot)
            _tally(counted).open(0, slot.ticket)
            self._keep(counted)
            self._sheet.fill(slot.index, slot.ticket, slot.half, _fitted(slot.begun))
            _tally(counted).open(-1, 0)
            self._keep(counted)

    def end(self, slot: Slot) -> None:
        """Take note that a call is over which was told by itself."""
        with self._lock:
            self._release(slot)

    def count(self, slot: Slot, window: Window, sample: Sample) -> Window:
        """Take note that a call is over which is not; return the window it is counted in."""
        with self._lock:
            counted = slot.window or self._counting(window)
            tally = _tally(counted)
            tally.add(
                sample.micros,
                failed=sample.failed,
                cancelled=sample.cancelled,
                size=sample.bytes or 0,
                rows=sample.rows or 0,
                ticket=slot.ticket,
            )
            if slot.window is not None:
                tally.open(-1)
                slot.window = None
            counted.half ^= 1
            self._sheet.count(counted.counter, counted.half, tally)
            self._release(slot)
        return counted

    def _new_id(self) -> UUID:
        return uuid7(self._micros(), os.urandom(8))

    def _release(self, slot: Slot) -> None:
        if slot not in self._open:
            return
        self._open.remove(slot)
        if slot.window is not None:
            _tally(slot.window).open(-1)
            self._keep(slot.window)
        if slot.index >= 0:
            self._give(slot)

    # --- slots -----------------------------------------------------------------------------------

    def _has_room(self) -> bool:
        """Tell whether there is a slot: if need be, that of a call which waits for its caller."""
        if self._slots:
            return True
        for slot in [each for each in self._held if each is not None and each.idle]:
            self.set_aside(slot)
            if slot.idle:
                return True
            # Its caller went on meanwhile, in another thread, and still saw it in its slot.
            self.take_up(slot)
        return False

    def _take(self, slot: Slot) -> None:
        slot.index = self._slots.pop()
        self._held[slot.index] = slot

    def _give(self, slot: Slot) -> None:
        self._sheet.clear(slot.index)
        self._slots.append(slot.index)
        self._held[slot.index] = None
        slot.index = -1

    # --- many calls ------------------------------------------------------------------------------

    def _counting(self, window: Window) -> Window:
        """Return the window with a counter of its own, or that of all which found none."""
        if window.tally is not None:
            return window
        if not self._counters and window is not self._others:
            return self._counting(self._others)
        window.counter = 0 if window is self._others else self._counters.pop()
        window.half = 0
        window.tally = Tally.begun(self._new_id(), self._micros())
        self._sheet.describe(window.counter, _fitted(window.of))
        self._windows.add(window)
        self._start()
        return window

    def _keep(self, window: Window) -> None:
        window.half ^= 1
        self._sheet.count(window.counter, window.half, _tally(window))

    def settle(self, window: Window) -> None:
        """Tell what was counted since the last time. Nothing is counted meanwhile."""
        with self._lock:
            tally = window.tally
            if tally is None:
                return
            if tally.calls:
                now = self._micros()
                notable, window.notable = window.notable, {}
                for tell in notable.values():
                    tell()
                rolled = roll_up_event(window.of, tally, now)
                self._tell(rolled, run=window.of.run, root=window.of.root)
            self._begin_anew(window, tally)

    def _begin_anew(self, window: Window, told: Tally) -> None:
        if told.under_way:
            window.tally = Tally.begun(self._new_id(), self._micros(), told.under_way)
            self._keep(window)
            return
        window.tally = None
        self._windows.discard(window)
        self._sheet.free(window.counter)
        if window is not self._others:
            self._counters.append(window.counter)

    def tick(self) -> None:
        """Tell all roll-ups."""
        for window in tuple(self._windows):
            self.settle(window)

    def _start(self) -> None:
        if self._thread is None and not self.closed:
            self._thread = threading.Thread(
                target=self._run, name="peninsula-roll-ups", daemon=True
            )
            with suppress(RuntimeError):  # the interpreter shuts down: closing tells them
                self._thread.start()

    def _run(self) -> None:
        while not self._over.wait(EVERY):
            try:
                self.tick()
            except Exception:  # noqa: BLE001
                # A defect here must not end the thread: what is counted stays for the next time.
                _log.exception("Rolling up calls failed and is tried again")
            with self._lock:
                if not self._windows:
                    self._thread = None
                    return

    # --- the end ---------------------------------------------------------------------------------

    def close(self, *, exiting: bool = False) -> None:
        """Tell what is counted; at the process's end also what does not return. Safe twice."""
        with self._lock:
            if self.closed:
                return
            self._over.set()
            self.tick()
            self.closed = True
            for window in self._windows:
                window.tally = None
            for slot in self._open:
                slot.window = None
            if exiting:
                self._lose()
            self._sheet.close()

    def _lose(self) -> None:
        now = self._micros()
        for slot in sorted(self._open, key=lambda each: each.ticket):
            begun = slot.begun
            lost = lost_event(begun, begun.id or self._new_id(), now, idle=slot.idle)
            self._tell(lost, run=begun.run, root=begun.root)
        self._open.clear()

    def is_lost(self, slot: Slot) -> bool:
        """Tell whether the call was told as one that does not return."""
        return self.closed and slot not in self._open

    def forsake(self) -> None:
        """Let go in a forked child of what is the parent's; the lock may be held for good."""
        self.closed = True
        self._over.set()
        self._sheet.close()


def _tally(window: Window) -> Tally:
    assert window.tally is not None  # noqa: S101  it counts
    return window.tally


def _others(emitter: UUID) -> Begun:
    """Return what calls have in common which are of more kinds than there are counters."""
    return Begun(
        name=CALL.removesuffix("."),
        about=Resource(id=own("process", emitter)),
        type="any",
        method="any",
    )


def _fitted(begun: Begun) -> bytes:
    """Return it as JSON that a slot has room for: what matters least goes first."""
    body = hide_in_json(codec.encode(begun))
    if len(body) <= SLOT_BODY:
        return body
    for less in (
        {"arguments": EMPTY},
        {"related": begun.related[:2]},
        {"related": ()},
        {"about": Resource(id=begun.about.id)},
        {"about": Resource(id=system_of(begun.about.id))},
    ):
        begun = structs.replace(begun, **less)
        body = _encoded(begun)
        if len(body) <= SLOT_BODY:
            return body
    return _encoded(structs.replace(begun, about=Resource(id=own("call", "any"))))


def _encoded(begun: Begun) -> bytes:
    return hide_in_json(codec.encode(begun))
