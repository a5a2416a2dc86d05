"""The streams a command writes to: one may be closed, and whoever reads it may go, or its disk."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from typing import Final

__all__ = ["broken", "prepare", "told_by"]

_WRITING: Final = {errno.EPIPE, errno.ENOSPC, errno.EIO}


def prepare() -> None:
    """Have all three streams be there, and take any character."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # Closed by whoever started us (`>&-`): the next file, of the journal say, would get
            # its number, and what is printed would go there.
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show ✓ shows ?: no reason to fail.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]


def broken() -> OSError | None:
    """Write out what waits; return why that cannot be done.

    What is written to that stream from then on is dropped, also what Python writes at its exit.
    """
    problem = None
    for stream in filter(None, (sys.__stdout__, sys.__stderr__)):
        try:
            stream.flush()
        except OSError as found:
            problem = problem or found
            _drop(stream.fileno())
            with suppress(OSError):
                stream.flush()
    return problem


def told_by(error: BaseException) -> OSError | None:
    """Return the error if a stream without a buffer (PYTHONUNBUFFERED) raised it as it was written.

    Nothing waits there that could be written out to see.
    """
    raw = any(getattr(stream, "write_through", False) for stream in (sys.stdout, sys.stderr))
    if not raw or not isinstance(error, OSError) or error.errno not in _WRITING or error.filename:
        return None
    for stream in filter(None, (sys.__stdout__, sys.__stderr__)):
        if stream is not sys.stderr:
            _drop(stream.fileno())
    return error


def _drop(number: int) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)
