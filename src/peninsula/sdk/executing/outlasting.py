"""Stay after a run until its server has it all, where the journal goes with this process."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from peninsula.core.work import LAST_WORDS, UNTOLD
from peninsula.journal import emitter
from peninsula.sdk.interrupting import signals
from peninsula.sdk.runs import FlowRun
from peninsula.sdk.settings import settings
from peninsula.sdk.telling.logs import RunLogger

__all__ = ["is_delivered"]


class _ToldToEndError(BaseException):
    """SIGTERM has come: whoever sends it kills soon."""


def is_delivered(run: FlowRun, *, ends: bool = False) -> bool:
    """Wait for the server, `outlast_timeout` s at most; False if what was told goes unsent.

    True at once where the journal stays, or no server is set. `ends`: the process was told to end
    while it ran. Who tells it so gives it a while before it kills it, and in that it goes on
    waiting; told again, it ends.
    """
    found = settings()
    patience = found.outlast_timeout
    if not patience or found.api_url is None or signals.was_terminated():
        return True
    log, until = RunLogger(run), time.monotonic() + patience
    with _sigterms() as wait:
        done = wait(min(found.exit_timeout, patience))
        if done:
            return True
        # It is killed without a further word.
        _leave(f"{UNTOLD}: the process was killed as it waited for the server.")
        if done is not None:
            log.warning(
                "The server at %s has not taken how the run ended. This process waits for it, %g s"
                " at most, as its journal goes with it.",
                found.api_url,
                patience,
            )
            done = wait(until - time.monotonic())
        if done is None and not ends:
            log.warning("The process is told to end. It waits for the server until it is killed.")
            done = wait(until - time.monotonic())
        if done:
            _leave("")
            return True
        reason = "the process is told to end" if done is None else "the server took nothing in time"
        _leave(f"{UNTOLD}: {reason}.")
        log.error("%s: %s.", UNTOLD, reason)
        return False


class _Wait:
    """Waits for the server, unless SIGTERM comes, or came since."""

    def __init__(self) -> None:
        self._is_waiting = self._has_come = False

    def hear(self, _number: int, _frame: FrameType | None) -> None:
        """Take a signal."""
        self._has_come = True
        if self._is_waiting:
            raise _ToldToEndError

    def __call__(self, seconds: float) -> bool | None:
        """Tell whether the server has all of it within that time; None: the process is to end."""
        self._is_waiting = True
        try:
            return None if self._has_come else emitter.current().flush(seconds)
        except _ToldToEndError:
            return None
        finally:
            self._is_waiting = self._has_come = False


@contextmanager
def _sigterms() -> Iterator[_Wait]:
    wait = _Wait()
    before = signal.signal(signal.SIGTERM, wait.hear)
    try:
        yield wait
    finally:
        signal.signal(signal.SIGTERM, before)


def _leave(words: str) -> None:
    """Have whoever looks after the process find these words once it is gone."""
    if file := os.environ.get(LAST_WORDS):
        with suppress(OSError):
            Path(file).write_text(words, encoding="utf-8")
