"""The streams a command writes to: one may be closed, and whoever reads it may go, or its disk."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

__all__ = ["broken", "prepare"]


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


def _drop(number: int) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)
