"""Have calls observed: in threads, and where it is installed and wanted those without a block."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec

from peninsula.sdk.outside import threads
from peninsula.sdk.settings import settings

__all__ = ["observe"]


@cache
def observe() -> None:
    """Observe the libraries that this process imports or has imported; once in a process.

    Threads are followed in any case, for the calls of blocks.
    """
    threads.follow()
    if not settings().observe or not _is_installed():
        return
    # Weight, and the layer above: it is loaded where the extra is installed, as a plugin is.
    import_module("peninsula.observe.libraries").watch()


def _is_installed() -> bool:
    # Others bring the API of OpenTelemetry; the instrumentations come with the extra.
    return (
        all(find_spec(name) is not None for name in ("wrapt", "opentelemetry"))
        and find_spec("opentelemetry.instrumentation") is not None
    )
