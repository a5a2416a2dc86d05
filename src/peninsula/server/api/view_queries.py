"""Say which parameters the calls take that answer a whole page."""

from __future__ import annotations

from datetime import datetime

from peninsula.server.api.queries import Moment, NoQuery, Step, spans

__all__ = ["SpanQuery"]


class SpanQuery(NoQuery, frozen=True, kw_only=True):
    """A time, in spans."""

    after: Moment | None = None
    before: Moment | None = None
    step: Step | None = None

    def span(self, now: datetime) -> tuple[datetime, datetime, float]:
        """Return from when to when, and the seconds of one span."""
        return spans(self.after, self.before, self.step, now)
