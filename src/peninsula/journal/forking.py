"""Hold forks off while something begins that a child of the fork could not bring to its end."""

from __future__ import annotations

import os
import threading

__all__ = ["beginning"]

_beginning = threading.RLock()


def beginning() -> threading.RLock:
    """Return the lock to hold while modules are imported or this process's emitter is made.

    A child would wait for ever for a module that another thread was importing: in the child, that
    thread is not there.
    """
    return _beginning


def _await_beginnings() -> None:
    _beginning.acquire()


def _go_on() -> None:
    _beginning.release()


def _begin_anew() -> None:
    global _beginning  # noqa: PLW0603  a process has one
    _beginning = threading.RLock()


os.register_at_fork(before=_await_beginnings, after_in_parent=_go_on, after_in_child=_begin_anew)
