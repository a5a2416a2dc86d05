"""Have the journal written to the disk from time to time, as `journal_fsync` says."""

from __future__ import annotations

import threading

from peninsula.journal.tape import Tape

__all__ = ["Syncing"]


class Syncing:
    """A thread that syncs a tape's files."""

    def __init__(self, tape: Tape, interval: float) -> None:
        """Sync each `interval` seconds."""
        self._tape = tape
        self._interval = interval
        self._stopped = threading.Event()

    def start(self) -> None:
        """Start the thread. Raises RuntimeError when the interpreter no longer allows it."""
        threading.Thread(target=self._run, name="peninsula-sync", daemon=True).start()

    def stop(self) -> None:
        """Sync once more, and end. Safe twice."""
        if not self._stopped.is_set():
            self._stopped.set()
            self._tape.sync()

    def _run(self) -> None:
        while not self._stopped.wait(self._interval):
            self._tape.sync()
