"""Have calls observed that flows make without a block, where that is installed and wanted."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec

from peninsula.sdk.settings import settings

__all__ = ["observe"]


@cache
def observe() -> None:
    """Observe the libraries that this process imports or has imported; once in a process."""
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
