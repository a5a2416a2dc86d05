"""Hand what a living process told over to the database of its home, which it has opened itself."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from peninsula.core.home import Home
from peninsula.core.settings import Settings
from peninsula.journal import kept
from peninsula.journal.delivery import Delivery, Intake
from peninsula.journal.journal import Journal, Shipped
from peninsula.journal.tape import Tape

__all__ = ["Handover"]


class Handover:
    """How much of one tape its own process has brought to the database, where no server runs.

    The journal goes on as before: numbers decide what whoever ships or adopts it still has to tell.
    """

    def __init__(
        self, tape: Tape, journal: Callable[[], Journal], home: Home, settings: Settings
    ) -> None:
        """Bring that tape, which lies in that journal once it has a record."""
        self._tape = tape
        self._journal = journal
        self._home = home
        self._settings = settings
        self._lock = threading.Lock()
        self.committed = 0
        """The number up to which the database has everything."""

    def bring(self, port: Intake) -> None:
        """Bring what was told up to now. Raises what the port raises."""
        with self._lock:
            self._tape.finish()
            last = self._tape.last
            if last <= self.committed:
                return
            journal = self._journal()
            process, rejected = journal.header.process, self._home.rejected
            delivery = Delivery(self._tape, process, port, rejected, committed=self.committed)
            while self.committed < last and delivery.step():
                self.committed = delivery.committed
            if delivery.log_id is not None:
                note = Shipped(log_id=delivery.log_id, number=self.committed, closed=False)
                with suppress(OSError):  # a hint: who adopts it begins at its first record
                    journal.note(note)
                    kept.prune_segments(journal.folder, self.committed, self._settings)
