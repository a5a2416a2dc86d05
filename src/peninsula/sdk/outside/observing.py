"""Have calls observed: in threads and processes, and where wanted those without a block."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from peninsula.sdk.outside import processes, threads
from peninsula.sdk.outside.processes import Job, Sent
from peninsula.sdk.settings import settings

__all__ = ["arrived", "observe"]


@cache
def observe() -> None:
    """Observe the libraries that this process imports or has imported; once in a process.

    Threads and processes are followed in any case, for the calls of blocks.
    """
    threads.follow()
    processes.follow(arrived)
    if not settings().observe or not _is_installed():
        return
    # Weight, and the layer above: it is loaded where the extra is installed, as a plugin is.
    import_module("peninsula.observe.libraries").watch()


def arrived(fn: Callable[..., Any], sent: Sent) -> Job:
    """Return a function that another process has sent; pickle calls this in the child."""
    observe()
    return Job(fn, processes.place_of(sent), arrived)


def _is_installed() -> bool:
    # Others bring the API of OpenTelemetry; the instrumentations come with the extra.
    return (
        all(find_spec(name) is not None for name in ("wrapt", "opentelemetry"))
        and find_spec("opentelemetry.instrumentation") is not None
    )
