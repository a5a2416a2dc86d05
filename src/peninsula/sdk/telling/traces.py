"""Tell runs as spans where OpenTelemetry is configured: by code of the user's, or the environment.

Nothing of it is imported before. What makes the spans is `peninsula.observe.traces`.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

if TYPE_CHECKING:
    from peninsula.sdk.runs import Run

__all__ = ["Trace", "carried", "enter", "leave"]

_SDK: Final = "opentelemetry.sdk.trace"
_ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")

_log = logging.getLogger("peninsula.observe")


class Trace:
    """The span of a run, or where that is if the run is in another process."""

    __slots__ = ("carried", "span", "token")

    def __init__(self, span: Any = None, carried: Mapping[str, str] | None = None) -> None:
        self.span = span
        self.carried = carried
        """Headers of W3C's Trace Context."""
        self.token: Any = None
        """Takes it out of the context again."""


class _Tracing(Protocol):
    def enter(self, run: Run) -> None: ...

    def leave(self, run: Run) -> None: ...

    def carried(self, trace: Trace) -> Mapping[str, str]: ...


def enter(run: Run) -> None:
    """Begin the span of a run that begins here, and make it the current one."""
    if _SDK not in sys.modules and not _names_endpoint():
        return
    try:
        if (tracing := _tracing()) is not None:
            tracing.enter(run)
    except Exception:  # noqa: BLE001  code of others; a run does not fail by being told
        _log.debug("The %s %r has no span", run.kind, run.name, exc_info=True)


def leave(run: Run) -> None:
    """Have it be the current one no more, and end it with the run."""
    if run.trace is None or (tracing := _tracing()) is None:
        return
    try:
        tracing.leave(run)
    except Exception:  # noqa: BLE001  as above
        _log.debug("The span of %s %r has no end", run.kind, run.name, exc_info=True)


def carried(run: Run) -> Mapping[str, str] | None:
    """Return what says to another process which span the run has."""
    if run.trace is None or (tracing := _tracing()) is None:
        return None
    return run.trace.carried or tracing.carried(run.trace)


@cache
def _names_endpoint() -> bool:
    return any(os.environ.get(name) for name in _ENDPOINTS)


@cache
def _tracing() -> _Tracing | None:
    # The layer above, as a plugin; and weight, for processes in which spans are wanted.
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.sdk") is None:
        return None
    return cast("_Tracing", import_module("peninsula.observe.traces"))
