"""Emit what happens in this process: to its journal at once, to its server in time."""

from __future__ import annotations

import atexit
import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID
from weakref import WeakSet

from peninsula.client.configuration import home_of, read_settings
from peninsula.client.destination import address
from peninsula.core import codec, limits
from peninsula.core.errors import InvalidError, TooLargeError
from peninsula.core.events import Event
from peninsula.core.ids import uuid7
from peninsula.core.records import BlobRecord, Command, EventRecord, LogLine, LogRecord
from peninsula.core.settings import Settings
from peninsula.journal import lines as log_lines
from peninsula.journal import masking, notices
from peninsula.journal.drops import Kind, kind_of_event
from peninsula.journal.forking import beginning
from peninsula.journal.journal import Header
from peninsula.journal.own import OwnJournal
from peninsula.journal.process import this_process
from peninsula.journal.store import Store
from peninsula.journal.syncing import Syncing
from peninsula.journal.tape import Make, Tape
from peninsula.journal.way import Way
from peninsula.journal.writer import SEGMENT_BYTES

if TYPE_CHECKING:
    from peninsula.journal.delivery import Intake
    from peninsula.journal.ledger import Ledger

__all__ = ["Emitter", "be", "current", "swap"]

MIB: Final = 1024 * 1024

CHUNK: Final = 512 * 1024
"""Bytes of a blob in one record: they grow by a third there."""

_log = logging.getLogger("peninsula.journal")
_1970: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Emitter:
    """What one process has to tell, in one order.

    Every method may be called from any thread. `emit` waits for the disk's cache and nothing else:
    what the disk refuses is kept in memory, what memory has no room for is counted, and the count
    is told as soon as there is room.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        clock: Callable[[], int] = time.time_ns,
        id_: UUID | None = None,
    ) -> None:
        """Take the settings of this process, if none are given; the clock gives ns since 1970.

        Its id is a new one, unless someone else tells of this process already. Raises InvalidError
        for settings that cannot be used.
        """
        self._settings = settings = read_settings() if settings is None else settings
        self._clock = clock
        self._home = home_of(settings)
        started = clock() // 1000
        self.id: Final = id_ or uuid7(started, os.urandom(8))
        self.process: Final = this_process(self.id, started)
        limit = settings.journal_limit_mb * MIB
        self._own = OwnJournal(
            self._home,
            Header(
                destination=None if settings.api_url is None else address(settings.api_url),
                process=self.process,
            ),
            # So small that a segment which is shipped makes room under the limit.
            segment_bytes=min(SEGMENT_BYTES, int(limit / 8)),
            sync_each=settings.journal_fsync == 0,
        )
        self._store = Store(self._own.open_writer, limit)
        self._tape = Tape(self._store, clock)
        self._way = Way(self._tape, self._own, self._store, settings, self.id)
        self._syncing: Syncing | None = None
        self._ledger: Ledger | None = None
        self._warned: set[str] = set()
        self._forsaken = False
        _emitters.add(self)

    # --- what happens ----------------------------------------------------------------------------

    def now(self) -> datetime:
        """Return the time, in UTC, by the emitter's clock."""
        # Of the same whole µs as a log line: a float of them is rounded, and what was logged
        # after an event would stand before it, or the other way round.
        return _1970 + timedelta(microseconds=self.micros())

    def micros(self) -> int:
        """Return the same in µs since 1970."""
        return self._clock() // 1000

    def emit(self, event: Event, *, run: UUID | None = None, root: UUID | None = None) -> None:
        """Tell an event, with the innermost run it happened in and the flow run at the top.

        Raises InvalidError or TooLargeError for an event that no server takes.
        """
        try:
            codec.check_whole(event)
            self.emit_own(event, run=run, root=root)
        except UnicodeEncodeError as problem:
            msg = f"Event {event.id} has half a surrogate pair in a text: {problem}."
            raise InvalidError(msg) from None

    def emit_own(self, event: Event, *, run: UUID | None = None, root: UUID | None = None) -> None:
        """Tell an event that Peninsula made, within the limits by the way it was made.

        Checking it again would be a tenth of what a task run costs.
        """
        self._append(
            kind_of_event(event.event),
            lambda number, stamp: EventRecord(
                number=number, stamp=stamp, event=event, run=run, root=root
            ),
        )

    def log(self, run: UUID, root: UUID, lines: Sequence[LogLine]) -> None:
        """Tell lines of a run's log. A line that is too long is cut and says so."""
        if not self._store.has_room(Kind.DEBUG_LOG):
            kept = [line for line in lines if line.level > log_lines.DEBUG]
            if len(kept) < len(lines):
                self._tape.drop(Kind.DEBUG_LOG, len(lines) - len(kept))
            lines = kept
        # Before a long one is cut: half a secret would not be known.
        lines = [masking.in_line(line) for line in lines]
        for some in log_lines.in_records(lines):
            self._append(
                Kind.LOG,
                lambda number, stamp, some=some: LogRecord(  # type: ignore[misc]
                    number=number, stamp=stamp, run=run, root=root, lines=some
                ),
                len(some),
            )

    def blob(self, body: bytes) -> str:
        """Tell the body of an artifact, JSON; return its SHA-256, in hex, to refer to it by.

        Raises TooLargeError.
        """
        if len(body) > limits.BLOB_BYTES:
            msg = (
                f"The body has {len(body)} bytes; the limit is {limits.BLOB_BYTES}. Keep it where"
                " others can read it, and make a link artifact of its address."
            )
            raise TooLargeError(msg)
        from hashlib import sha256  # noqa: PLC0415  weight: OpenSSL, and few flows have artifacts

        body = masking.hide_in_json(body)
        name = sha256(body).hexdigest()
        if not self._store.has_room(Kind.BLOB):
            self._tape.drop(Kind.BLOB, 1)
            return name
        for offset in range(0, len(body) or 1, CHUNK):
            self._append(
                None,  # there was room for the whole of it
                lambda number, stamp, offset=offset: BlobRecord(  # type: ignore[misc]
                    number=number,
                    stamp=stamp,
                    sha256=name,
                    size=len(body),
                    offset=offset,
                    data=body[offset : offset + CHUNK],
                ),
            )
        return name

    @property
    def ledger(self) -> Ledger:
        """The account of this process's calls: made at the first one, and anew after a close."""
        if self._forsaken:
            return current().ledger
        return self._ledger or self._open_ledger()

    def _open_ledger(self) -> Ledger:
        # Weight: for processes with calls.
        from peninsula.journal.ledger import Ledger  # noqa: PLC0415
        from peninsula.journal.sheet import Sheet  # noqa: PLC0415

        with self._tape.lock:
            if self._ledger is None:
                self._ledger = Ledger(
                    Sheet.make(self._own.journal.calls) if self._own.claim() else Sheet(None),
                    self.emit_own,
                    emitter=self.id,
                    micros=self.micros,
                )
            return self._ledger

    def _append(self, kind: Kind | None, make: Make, count: int = 1) -> None:
        if self._forsaken:
            # This object came through a fork; what is told here is the child's.
            current()._append(kind, make, count)  # noqa: SLF001  of the same class
            return
        self._tape.append(kind, make, count)
        if self._way.look_is_due:
            self._begin()
        self._way.wake()
        if self._store.troubles:
            self._warn()

    # --- the order of things ---------------------------------------------------------------------

    def observe(self, stamp: int) -> None:
        """Put what is told from now on after a stamp from elsewhere: a server, a parent process."""
        self._tape.observe(stamp)

    def stamp(self) -> int:
        """Return a stamp to hand on: what its receiver tells comes after all told here so far."""
        return self._tape.stamp()

    # --- the way to the server -------------------------------------------------------------------

    def flush(self, timeout: float | None = None) -> bool:
        """Wait until the server has everything told so far; False if it has not in time.

        The timeout is in s, `wait_timeout` if not given. Without a server it is False at once.
        """
        self._begin()
        self._tape.finish()
        return self._way.flush(self._settings.wait_timeout if timeout is None else timeout)

    def hand_over(self, port: Intake) -> None:
        """Bring what was told so far to the database of the home, which this process has open.

        Nothing where a shipper does it. Raises what the port raises.
        """
        if not self._forsaken:
            self._way.hand_over(port)

    def look_out(self) -> None:
        """Go to a server, now or when one starts, though nothing more may be told until then."""
        if not self._forsaken:
            self._begin()
            self._way.look_out()

    def close(self, timeout: float | None = None) -> None:
        """Send the rest, and leave what could not be sent in the journal. Safe twice.

        The timeout is in s, `exit_timeout` if not given. What is told later goes to the journal,
        for the next process to ship.
        """
        if self._forsaken:
            return
        ledger, self._ledger = self._ledger, None
        if ledger is not None:
            ledger.close(exiting=_exiting)
            with suppress(OSError):
                self._own.journal.calls.unlink(missing_ok=True)
        self._tape.finish()
        self._way.close(self._settings.exit_timeout if timeout is None else timeout)
        if self._syncing is not None:
            self._syncing.stop()
        if loss := notices.lost(self._home.journals, self._store.only_in_memory, self._tape.gap):
            _log.warning(loss)
        self._store.close()
        self._own.close()
        _retire(self)

    def on_command(self, run: UUID, callback: Callable[[Command], None]) -> None:
        """Give what the server commands of that run to the callback, in a thread of the journal."""
        self._way.on_command(run, callback)

    def off_command(self, run: UUID) -> None:
        """Drop the run's callback."""
        self._way.off_command(run)

    def _begin(self) -> None:
        """Start the threads that are needed; without a server there is none to start."""
        if (repaired := self._own.repaired) is not None:
            self._own.repaired = None
            _log.warning(repaired)
        interval = self._settings.journal_fsync
        if interval and self._syncing is None:
            self._syncing = Syncing(self._tape, interval)
            with suppress(RuntimeError):  # the interpreter shuts down
                self._syncing.start()
        self._way.begin()

    def _warn(self) -> None:
        """Say why the disk takes nothing, once for each reason. No lock is held here."""
        while self._store.troubles:
            problem = self._store.troubles.popleft()
            reason = self._store.reason_of(problem)
            if reason not in self._warned:
                self._warned.add(reason)
                _log.warning(notices.cannot_write(self._home.journals, problem, reason))

    def _forsake(self) -> None:
        """Let go in a forked child of what is the parent's."""
        self._forsaken = True
        if self._ledger is not None:
            self._ledger.forsake()
        self._store.close()
        self._way.abandon()


# --- the process's own ---------------------------------------------------------------------------

_emitters: Final[WeakSet[Emitter]] = WeakSet()
_current: Emitter | None = None
_exiting = False


def current() -> Emitter:
    """Return this process's emitter: made at the first call, and anew in the child of a fork.

    Raises InvalidError for settings that cannot be used.
    """
    return _current or _make_current()


def be(id_: UUID) -> None:
    """Be the emitter of that id, before anything is told: another process tells of this one by it.

    Raises InvalidError for settings that cannot be used.
    """
    global _current  # noqa: PLW0603  a process has one
    with beginning():
        emitter = Emitter(id_=id_)
        _close_at_exit()
        _current = emitter


def swap(other: Emitter | None) -> Emitter | None:
    """Have another emitter be this process's, none: the next to be made; return what it was."""
    global _current
    with beginning():
        was, _current = _current, other
        return was


def _make_current() -> Emitter:
    global _current  # noqa: PLW0603  a process has one
    with beginning():
        if (found := _current) is not None:
            return found
        emitter = Emitter()
        _close_at_exit()
        if _current is None:  # a signal handler may have come first
            _current = emitter
        return _current


def _retire(emitter: Emitter) -> None:
    global _current  # noqa: PLW0603  a process has one
    if emitter is _current and not _exiting:
        _current = None


def _close_at_exit() -> None:
    atexit.unregister(_exit)
    atexit.register(_exit)
    # Children of multiprocessing leave by os._exit and run only its own finalizers. The lowest
    # priority comes last, after those of the user.
    modules = sys.modules
    if "multiprocessing.util" in modules and modules["multiprocessing.process"].parent_process():
        modules["multiprocessing.util"].Finalize(None, _exit, exitpriority=-1_000_000)


def _exit() -> None:
    global _exiting  # noqa: PLW0603  a process has one
    _exiting = True
    if _current is not None:
        _current.close()


def _forsake_all() -> None:
    global _current, _exiting
    _current, _exiting = None, False
    for emitter in tuple(_emitters):
        emitter._forsake()  # noqa: SLF001  of this module


os.register_at_fork(after_in_child=_forsake_all)
