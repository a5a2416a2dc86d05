"""Turn spans of client libraries into calls."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Mapping
from functools import partial, wraps
from typing import Any, Final, ParamSpec

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode

from peninsula.core.places import Place, place_of
from peninsula.observe.contexts import run_here
from peninsula.sdk.outside.call import Call, Target
from peninsula.sdk.outside.callbacks import is_raised_by
from peninsula.sdk.outside.here import call_of
from peninsula.sdk.outside.systems import resource_of
from peninsula.sdk.runs import Run

__all__ = ["Calls", "call_of_span"]

_log = logging.getLogger("peninsula.observe")

P = ParamSpec("P")


def _harmless(step: Callable[P, None]) -> Callable[P, None]:
    """Have a defect here be none of the library's, in whose midst this is called."""

    @wraps(step)
    def harmless(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            step(*args, **kwargs)
        except Exception:  # noqa: BLE001  as above
            _log.debug("A call is not observed", exc_info=True)

    return harmless


_OUTGOING: Final = frozenset({SpanKind.CLIENT, SpanKind.PRODUCER, SpanKind.CONSUMER})

_UNATTACHED: Final = "opentelemetry.instrumentation.sqlalchemy"
"""Its spans are never the current one, so the driver's beneath are not their children."""


class Calls(SpanProcessor):
    """Begins a call with each span that goes outside of a run, and ends it with that.

    A span inside of another one, or of a call of a block, is part of that.
    """

    @_harmless
    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Begin a call; of what says only later where it goes, as soon as that is said."""
        if _is_inside(span):
            _open[_id(span)] = None
            return
        if span.kind not in _OUTGOING:
            return
        run = run_here(parent_context)
        if run is None or call_of(run) is not None:
            return
        begun = _open[_id(span)] = _Observed(span, run)
        begun.look(begins=True)
        if not begun.is_complete:
            _tell_of_changes(span, begun)

    @_harmless
    def on_end(self, span: ReadableSpan) -> None:
        """End the call with what the span came to."""
        observed = _open.pop(_id(span), None)
        if observed is not None:
            observed.end(span)


_open: Final[dict[int, _Observed | None]] = {}
"""Spans inside of runs, by id; None of those that are part of another one."""


def call_of_span(span: Any) -> Call | None:
    """Return the call that the span tells, if it tells one."""
    observed = _open.get(span.get_span_context().span_id)
    return None if observed is None else observed.call


class _Observed:
    """A span that is told as a call."""

    __slots__ = ("_handled", "_name", "_place", "_run", "_said", "_scope", "call")

    def __init__(self, span: Span, run: Run) -> None:
        self._name = span.name
        self._scope = _scope(span)
        self._said = dict(span.attributes or {})
        """What the span says of itself; its own are behind a lock and a copy."""
        self._run = run
        self._handled = sys.exception()
        """What is handled around it, and so did not come from it."""
        self._place: Place | None = None
        self.call: Call | None = None

    @property
    def is_complete(self) -> bool:
        """Whether it said with its begin where it goes."""
        return self._place is not None and not self._place.may_change

    @_harmless
    def hear(self, said: Mapping[str, Any]) -> None:
        """Take note of what the span says of itself besides."""
        self._said.update(said)
        self.look()

    def look(self, *, begins: bool = False) -> None:
        """Take note of where it goes, as far as it says so now."""
        found = place_of(self._scope, self._name, self._said, begins=begins, folder=os.getcwd)
        if found is None or found == self._place:
            return
        before, self._place = self._place, found
        if self.call is None:
            self.call = self._begun(found)
        elif before is not None and before.system != found.system:
            self.call.aim(resource_of(found.system))
        if found.path is not None:
            self.call.touch(found.path)

    def _begun(self, place: Place) -> Call:
        call = Call(place.library, place.method)
        about = resource_of(place.system)
        call.begin(partial(Target, about), self._run)
        if self._scope != _UNATTACHED:
            call.leave()
        return call

    def end(self, span: ReadableSpan) -> None:
        """End the call, by the exception that goes through here if there is one."""
        call = self.call
        if call is None:
            return
        error = sys.exception()
        if error is not None and error is not self._handled:
            if is_raised_by(None, error):
                call.end_left(error)
            else:
                call.fail(error)
        else:
            if span.status.status_code is StatusCode.ERROR:
                call.refuse(*_refusal(span, span.status))
            call.complete()


def _tell_of_changes(span: Span, observed: _Observed) -> None:
    """Have the call look again when the span gets attributes: there is no signal of it."""
    set_one, set_several = span.set_attribute, span.set_attributes

    def one(key: str, value: Any) -> None:
        set_one(key, value)
        observed.hear({key: value})

    def several(attributes: Mapping[str, Any]) -> None:
        set_several(attributes)
        observed.hear(attributes)

    span.set_attribute = one  # type: ignore[method-assign]
    span.set_attributes = several  # type: ignore[method-assign]


def _refusal(span: ReadableSpan, status: Status) -> tuple[str, str]:
    """Return type and text of a failure that was answered, or recorded and not raised here."""
    said = span.attributes or {}
    code = said.get("http.response.status_code") or said.get("http.status_code")
    if code is not None:
        return f"HTTP {code}", f"HTTP {code}"
    for event in reversed(span.events):
        if event.name == "exception" and event.attributes is not None:
            kind = str(event.attributes.get("exception.type")).rpartition(".")[2]
            return kind, f"{kind}: {event.attributes.get('exception.message')}"
    kind = str(said.get("error.type") or "Error")
    return kind, status.description or kind


def _is_inside(span: Span) -> bool:
    return span.parent is not None and span.parent.span_id in _open


def _id(span: ReadableSpan) -> int:
    return 0 if span.context is None else span.context.span_id


def _scope(span: ReadableSpan) -> str:
    return "" if span.instrumentation_scope is None else span.instrumentation_scope.name
