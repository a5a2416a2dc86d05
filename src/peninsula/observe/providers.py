"""Give tracers to instrumentations and runs: the user's, or what the environment says, or ours.

Ours exports nothing: its spans are told as calls.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import INVALID_SPAN, Span, Tracer

from peninsula.observe import exports
from peninsula.observe.calls import Calls
from peninsula.observe.contexts import around, run_here
from peninsula.observe.masks import Masks

__all__ = ["configured", "provider", "users_provider"]


@cache
def provider() -> trace.TracerProvider:
    """Return what instrumentations get their tracers from."""
    return _Provider()


@cache
def _own() -> TracerProvider:
    own = _exporting() or TracerProvider(
        sampler=ALWAYS_ON, resource=Resource.get_empty(), shutdown_on_exit=False
    )
    own.add_span_processor(_calls())
    return own


@cache
def _exporting() -> TracerProvider | None:
    found = exports.provider() if exports.is_wanted() else None
    if found is not None:
        found.add_span_processor(Masks())
    return found


def configured() -> TracerProvider | None:
    """Return the provider by which spans get to somewhere; None if they go nowhere."""
    found = trace.get_tracer_provider()
    return _masking(found) if isinstance(found, TracerProvider) else _exporting()


@cache
def _calls() -> Calls:
    return Calls()


_masked: Final[set[int]] = set()
_joined: Final[set[int]] = set()


def _masking(provider: TracerProvider) -> TracerProvider:
    """Return the user's provider, whose spans have no secrets from now on."""
    if id(provider) not in _masked:
        _masked.add(id(provider))
        provider.add_span_processor(Masks())
    return provider


def users_provider() -> TracerProvider | None:
    """Return the provider that the user has set, with our processor added; None if there is none.

    It may be set at any time, so each span asks.
    """
    found = trace.get_tracer_provider()
    if not isinstance(found, TracerProvider):
        return None
    if id(found) not in _joined:
        _joined.add(id(found))
        _masking(found).add_span_processor(_calls())
    return found


class _Provider(trace.TracerProvider):
    """Leads to the user's provider as soon as there is one."""

    def get_tracer(self, *args: Any, **kwargs: Any) -> Tracer:
        return _Tracer(args, kwargs)


class _Tracer(Tracer):
    def __init__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._args, self._kwargs = args, kwargs
        self._of: tuple[TracerProvider, Tracer] | None = None

    def start_span(
        self, name: str, context: Context | None = None, *args: Any, **kwargs: Any
    ) -> Span:
        theirs = users_provider()
        run = run_here(context)
        if theirs is None and run is None:
            return INVALID_SPAN
        if run is not None:
            context = around(run, context)
        return self._tracer(theirs or _own()).start_span(name, context, *args, **kwargs)

    @contextmanager
    def start_as_current_span(  # type: ignore[override] # it is no decorator as well
        self, name: str, *args: Any, end_on_exit: bool = True, **kwargs: Any
    ) -> Iterator[Span]:
        span = self.start_span(name, *args, **kwargs)
        if span is INVALID_SPAN:
            yield span
            return
        with trace.use_span(span, end_on_exit=end_on_exit):
            yield span

    def _tracer(self, provider: TracerProvider) -> Tracer:
        if self._of is None or self._of[0] is not provider:
            self._of = provider, provider.get_tracer(*self._args, **self._kwargs)
        return self._of[1]
