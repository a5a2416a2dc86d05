"""Stay after a run until its server has it all, where the journal goes with this process."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from peninsula.journal import emitter
from peninsula.sdk.interrupting import signals
from peninsula.sdk.runs import FlowRun
from peninsula.sdk.settings import settings
from peninsula.sdk.telling.logs import RunLogger

__all__ = ["is_delivered"]


class _ToldToEndError(BaseException):
    """SIGTERM has come: whoever sends it kills soon."""


def is_delivered(run: FlowRun) -> bool:
    """Wait for the server, `outlast_timeout` s at most; False if what was told goes unsent.

    True at once where the journal stays, or no server is set. A SIGTERM ends it, also one of the
    run: the first process of a container outlives its own.
    """
    found = settings()
    patience = found.outlast_timeout
    if not patience or found.api_url is None or signals.was_terminated():
        return True
    log, told = RunLogger(run), emitter.current()
    at_first = min(found.exit_timeout, patience)
    try:
        with _until_sigterm():
            if told.flush(at_first):
                return True
            log.warning(
                "The server at %s has not taken how the run ended. This process waits for it, %g s"
                " at most, as its journal goes with it.",
                found.api_url,
                patience,
            )
            if told.flush(patience - at_first):
                return True
            reason = "the server took nothing in that time"
    except _ToldToEndError:
        reason = "the process is told to end"
    log.error("How the run ended is lost: %s.", reason)
    return False


@contextmanager
def _until_sigterm() -> Iterator[None]:
    def end(_number: int, _frame: FrameType | None) -> None:
        raise _ToldToEndError

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
