"""Hold forks off while something begins that a child of the fork could not bring to its end."""

from __future__ import annotations

import _imp
import os
import sys
import threading
import time
from contextlib import suppress
from types import FrameType
from typing import Final

__all__ = ["OURS", "beginning"]

OURS: Final = "peninsula-"
"""What the names of our threads begin with."""

PATIENCE: Final = 10.0
"""Seconds that a fork waits for our threads: an import in one may wait for whoever forks."""

LOOK: Final = 0.001
"""Seconds between looks whether they are done."""

_MAKERS: Final = {"_frozen_importlib", "importlib._bootstrap", "msgspec._utils"}
"""Modules whose functions are at work while something is half made: a module, or what msgspec
knows of a type from the first use of it on. In the child it would stay so: whoever imports that
module waits for ever, and whoever decodes that type crashes.
"""

_beginning = threading.RLock()


def beginning() -> threading.RLock:
    """Return the lock to hold while modules are imported or this process's emitter is made.

    A child would wait for ever for a module that another thread was importing: in the child, that
    thread is not there. What our own threads import, libraries and codecs too, and types that they
    decode for the first time, are waited for without it.
    """
    return _beginning


def _await_beginnings() -> None:
    _beginning.acquire()
    _await_makers()


def _await_makers() -> None:
    """Wait until none of our threads imports or learns a type, and let none begin an import.

    Python takes the same lock for a fork, but it is not held while a module is loaded.
    """
    deadline = time.monotonic() + PATIENCE
    _imp.acquire_lock()
    while _are_making() and time.monotonic() < deadline:
        _imp.release_lock()
        time.sleep(LOOK)
        _imp.acquire_lock()


def _are_making() -> bool:
    here = threading.current_thread()
    frames = sys._current_frames()  # noqa: SLF001  documented for such uses
    return any(
        _is_making(frames.get(each.ident or 0))
        for each in threading.enumerate()
        if each.name.startswith(OURS) and each is not here
    )


def _is_making(frame: FrameType | None) -> bool:
    if frame is not None and frame.f_globals.get("__name__") == "typing":
        return True  # msgspec asks it for hashes, half way through a type
    while frame is not None:
        if frame.f_globals.get("__name__") in _MAKERS:
            return True
        frame = frame.f_back
    return False


def _go_on() -> None:
    _imp.release_lock()
    _beginning.release()


def _begin_anew() -> None:
    global _beginning  # noqa: PLW0603  a process has one
    with suppress(RuntimeError):  # a version of Python may have made the child's anew
        _imp.release_lock()
    _beginning = threading.RLock()


os.register_at_fork(before=_await_beginnings, after_in_parent=_go_on, after_in_child=_begin_anew)
