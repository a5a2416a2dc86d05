"""What the API answers about many events at once."""

from __future__ import annotations

from datetime import datetime

from peninsula.core.answers.base import Answer
from peninsula.core.answers.events import EventCount
from peninsula.core.comparison import Compared

__all__ = ["EventComparison", "EventHistogram", "EventSeries", "Facets"]


class Facets(Answer, frozen=True, kw_only=True):
    """Events counted by what they could be filtered by; the most frequent 50 of each."""

    events: int
    """That were counted."""
    types: tuple[EventCount, ...]
    """By name."""
    kinds: tuple[EventCount, ...]
    """By the kind of resource that they are about."""
    systems: tuple[EventCount, ...]
    """By the systems of what they are about and of what took part, but for runs."""
    roles: tuple[EventCount, ...]
    sources: tuple[EventCount, ...]
    """By who told them: `core.terms.Source`."""
    partial: bool
    """Only the newest events were counted."""


class EventSeries(Answer, frozen=True, kw_only=True):
    """One layer of a histogram."""

    key: str | None
    """The name or the outcome; None: all other names."""
    counts: tuple[int, ...]
    """Of each span, from `since` on."""


class EventHistogram(Answer, frozen=True, kw_only=True):
    """Events by time, in layers by name or outcome."""

    by: str
    since: datetime
    until: datetime
    step: float
    """Seconds of one span."""
    reached: datetime
    """From when on events were counted; `since`, but where there were too many."""
    series: tuple[EventSeries, ...]
    """The most frequent name first, at most eight and the others; or outcomes."""
    partial: bool
    """Only the newest events were counted."""


class EventComparison(Answer, frozen=True, kw_only=True):
    """What is different in one time from another; the 50 most different of each."""

    since: datetime
    until: datetime
    base_since: datetime
    base_until: datetime
    events: int
    base_events: int
    types: tuple[Compared, ...]
    resources: tuple[Compared, ...]
    """What they are about and what took part, but for runs."""
    partial: bool
    """Only the newest events of a time were looked at."""
