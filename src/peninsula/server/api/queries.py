"""Say what parameters of calls have in common."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from peninsula.core import limits
from peninsula.core.errors import InvalidError

__all__ = [
    "SPANS",
    "Cursor",
    "Ids",
    "Level",
    "Limit",
    "Moment",
    "NoQuery",
    "Order",
    "PageQuery",
    "Step",
    "Text",
    "Texts",
    "earlier",
    "said",
    "spans",
]


def said(meaning: str) -> Meta:
    """Return what the API's description says of a parameter."""
    return Meta(description=meaning)


Text = Annotated[str, Meta(min_length=1, max_length=limits.NAME_CHARS)]
Texts = Annotated[tuple[Text, ...], Meta(max_length=50)]
Ids = Annotated[tuple[UUID, ...], Meta(max_length=200)]
Moment = Annotated[datetime, Meta(tz=True)]
Cursor = Annotated[
    str, Meta(max_length=8_192, description="`next` or `previous` of an answer to this list.")
]
Limit = Annotated[int, Meta(ge=1, le=200, description="Items of one page.")]
Step = Annotated[
    float,
    # All the time that there is may be one span.
    Meta(ge=1, le=10_000 * 366 * 86_400, description="Seconds of one span."),
]
Level = Annotated[int, Meta(ge=0, le=1_000, description="The lowest, as in `logging`.")]
Order = Annotated[Literal["newest", "oldest"], said("Which come first.")]

SPANS = 1_500
"""Spans of time in one answer."""


class NoQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A call without parameters; one that a call does not know is an error."""


class PageQuery(NoQuery, frozen=True, kw_only=True):
    """A list without filters."""

    limit: Limit = 50
    cursor: Cursor | None = None


def spans(
    after: datetime | None, before: datetime | None, step: float | None, now: datetime
) -> tuple[datetime, datetime, float]:
    """Return a day up to now where nothing else is asked for, in at most `SPANS` spans."""
    until = before or max(now, after or now)
    since = after or earlier(until, timedelta(days=1))
    seconds = (until - since).total_seconds()
    if seconds < 0:
        msg = "The time ends before it begins. Exchange the two."
        raise InvalidError(msg)
    step = step or max(1.0, float(seconds // 60 or 1))
    if seconds / step > SPANS:
        msg = f"{seconds / step:.0f} spans are too many; the limit is {SPANS}. Raise `step`."
        raise InvalidError(msg)
    return since, until, step


def earlier(moment: datetime, by: timedelta) -> datetime:
    """Return the moment so much before, or the first there is."""
    first = datetime.min.replace(tzinfo=moment.tzinfo)
    return moment - by if moment - first > by else first
