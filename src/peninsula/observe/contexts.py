"""Give runs their place in the context of OpenTelemetry: what they send says which run sent it."""

from __future__ import annotations

from opentelemetry import trace
from opentelemetry.context import Context, get_value, set_value
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, TraceFlags

from peninsula.client import own
from peninsula.sdk.outside import threads
from peninsula.sdk.runs import Run

__all__ = ["around", "run_here", "span_id_of"]

_RUN = "peninsula-run"


def run_here(context: Context | None) -> Run | None:
    """Return the run that a span belongs to, if it is one to be told of.

    Threads that are not ours have no run, but they may have been given the context of one.
    """
    if own.is_traffic():
        return None
    run = threads.run_here() or get_value(_RUN, context)
    return run if isinstance(run, Run) and not run.over else None


def around(run: Run, context: Context | None) -> Context:
    """Return the context for a span of the run: below the run, unless it is below a span."""
    if not trace.get_current_span(context).get_span_context().is_valid:
        context = trace.set_span_in_context(_standing_for(run), context)
    return set_value(_RUN, run, context)


def span_id_of(run: Run) -> int:
    """Return the id of the span that a run is."""
    return run.id.int & ((1 << 64) - 1)


def _standing_for(run: Run) -> Span:
    """Return the run's span, or one that nobody records. A trace is a flow run with all below it.

    Both ids are in the run's own, so all processes of the run agree, and who gets a `traceparent`
    can ask for the run.
    """
    if run.trace is not None and isinstance(run.trace.span, Span):
        return run.trace.span
    return NonRecordingSpan(
        SpanContext(
            trace_id=run.root.id.int,
            span_id=span_id_of(run),
            is_remote=False,
            trace_flags=TraceFlags(TraceFlags.SAMPLED),
        )
    )
