"""Tell runs as spans: what a flow did stands in the user's traces, between what called it and it.

A span has its ids from the run, so a trace is a flow run with all below it. If code of the user's
has a span around the flow, that is the parent, and the trace is the user's.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from copy import copy
from typing import Any, Final

from opentelemetry import trace as api
from opentelemetry.context import Context, attach, detach, get_current
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import Sampler, SamplingResult
from opentelemetry.trace import Span, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from peninsula.core.runs import RunKind
from peninsula.core.states import StateType
from peninsula.journal import masking
from peninsula.observe import providers
from peninsula.observe.contexts import span_id_of
from peninsula.sdk.runs import Run
from peninsula.sdk.telling.tracebacks import text_of
from peninsula.sdk.telling.traces import Trace

__all__ = ["carried", "enter", "leave"]

_FAULTS: Final = frozenset({StateType.FAILED, StateType.CRASHED})

_w3c: Final = TraceContextTextMapPropagator()


def enter(run: Run) -> None:
    """Begin the span of the run, or come back into it, as a generator does with each value."""
    if run.trace is None and (provider := providers.configured()) is not None:
        run.trace = Trace(_begun(run, provider))
    if run.trace is not None:
        run.trace.token = attach(api.set_span_in_context(run.trace.span))


def leave(run: Run) -> None:
    """Go out of the span, and end it if the run is over."""
    trace = run.trace
    assert trace is not None  # noqa: S101  its caller has looked
    token, trace.token = trace.token, None
    # A coroutine that nobody awaits is closed by the garbage collector, in any context.
    if token is not None and api.get_current_span() is trace.span:
        detach(token)
    if run.over and not run.inherited:
        _end(run, trace.span)


def carried(trace: Trace) -> Mapping[str, str]:
    """Return the headers that say to another process which span this is."""
    headers: dict[str, str] = {}
    _w3c.inject(headers, api.set_span_in_context(trace.span))
    return headers


# --- its begin ------------------------------------------------------------------------------------


def _begun(run: Run, provider: TracerProvider) -> Span:
    with suppress(ImportError):  # no wrapt: threads come with the extra
        # Weight, and a part of the extra: who has OpenTelemetry alone has spans of runs as well.
        from peninsula.observe import threads  # noqa: PLC0415

        threads.follow()
    tracer: Any = copy(provider.get_tracer("peninsula"))
    tracer.id_generator = _IdsOf(run)
    tracer.sampler = _Fair(provider.sampler)
    said = {name: masking.hide(value) for name, value in _said(run).items()}
    span: Span = tracer.start_span(run.definition.name, _around(run), attributes=said)
    return span


def _said(run: Run) -> dict[str, str]:
    kind = "flow" if run.kind is RunKind.FLOW_RUN else "task"
    said = {
        f"peninsula.{kind}.name": run.definition.name,
        f"peninsula.{kind}_run.id": str(run.id),
        f"peninsula.{kind}_run.name": run.name,
    }
    if run.flow_run is not None:
        said["peninsula.flow_run.id"] = str(run.flow_run.id)
    return said


def _around(run: Run) -> Context:
    """Return the context of the run's parent, unless it begins in a span that is below that."""
    here, parent = get_current(), run.parent
    if parent is None or parent.trace is None:
        return here
    place = parent.trace.carried
    theirs = (
        api.set_span_in_context(parent.trace.span, here)
        if place is None
        else _w3c.extract(place, here)
    )
    return here if _trace_id(here) == _trace_id(theirs) else theirs


def _trace_id(context: Context) -> int:
    return api.get_current_span(context).get_span_context().trace_id


class _IdsOf(IdGenerator):
    """The ids of a run, so that all processes agree."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def generate_span_id(self) -> int:
        return span_id_of(self._run)

    def generate_trace_id(self) -> int:
        return self._run.root.id.int


class _Fair(Sampler):
    """Asks another sampler, by bits of the trace's id that are chance.

    Samplers look at the lower half of it, which in a UUID begins with bits that never change.
    """

    def __init__(self, sampler: Sampler) -> None:
        self._sampler = sampler

    def should_sample(
        self, parent_context: Context | None, trace_id: int, *rest: Any, **more: Any
    ) -> SamplingResult:
        chance = (trace_id << 8) % (1 << 64)
        return self._sampler.should_sample(parent_context, chance, *rest, **more)

    def get_description(self) -> str:
        return self._sampler.get_description()


# --- its end --------------------------------------------------------------------------------------


def _end(run: Run, span: Span) -> None:
    state = run.state
    assert state is not None  # noqa: S101  it is over
    span.set_attributes(
        {
            "peninsula.state.type": state.type.value,
            "peninsula.state.name": state.name,
            "peninsula.run_count": run.run_count,
        }
    )
    if state.type in _FAULTS:
        span.set_status(Status(StatusCode.ERROR, masking.hide(state.message or state.name)))
        if run.error is not None:
            span.add_event("exception", _error(run.error))
    span.end()


def _error(error: BaseException) -> dict[str, str]:
    said = {
        "exception.type": f"{type(error).__module__}.{type(error).__qualname__}",
        "exception.message": str(error),
        "exception.stacktrace": text_of(error),
    }
    return {name: masking.hide(text) for name, text in said.items()}
