"""Import much at once."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["at_once"]


@contextmanager
def at_once() -> Iterator[None]:
    """Let the garbage collector rest while modules are imported that stay for good.

    It would look at each of their hundreds of thousands of objects several times, for a fifth of
    the time that a server takes to start. For once: all that is garbage then stays as well.
    """
    resting = gc.isenabled()
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        if resting:
            gc.enable()
