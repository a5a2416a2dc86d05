"""An event at each limit is taken, and one over it is refused with the limit in the message."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from peninsula.core import limits
from peninsula.core.errors import InvalidError, TooLargeError
from peninsula.core.events import Event, Related, Resource, check_event, check_text
from tests.support.make import event

LONG = "x" * limits.NAME_CHARS
OVER = LONG + "x"


def placed(text: str) -> dict[str, Event]:
    """Events that have the text in each place in turn."""
    related = Related(id="s3://lake", role="uses")
    return {
        "event name": event(text),
        "resource id": event(resource=text),
        "resource name": event(about={"name": text}),
        "role": event(related=[("s3://lake", text)]),
        "label key": event(about={"labels": {text: "v"}}),
        "label value": event(about={"labels": {"k": text}}),
        "related resource id": event(related=[(text, "uses")]),
        "related resource name": with_related(structs.replace(related, name=text)),
        "related label key": with_related(structs.replace(related, labels={text: "v"})),
        "related label value": with_related(structs.replace(related, labels={"k": text})),
    }


def with_related(related: Related) -> Event:
    """An event with that related resource."""
    return structs.replace(event(), related=(related,))


@pytest.mark.parametrize("place", placed(LONG))
def test_a_text_may_be_as_long_as_the_limit_and_no_longer(place: str):
    """1,024 characters, in every place where a text stands."""
    check_event(placed(LONG)[place])
    with pytest.raises(TooLargeError, match="has 1025 characters; the limit is 1024") as refused:
        check_event(placed(OVER)[place])
    assert place.removeprefix("related ") in str(refused.value)


@pytest.mark.parametrize("place", placed(LONG))
@pytest.mark.parametrize("text", ["a\x00b", "a\nb", "\x7f", "\ud800"], ids=repr)
def test_a_text_that_cannot_be_shown_is_refused_in_every_place(place: str, text: str):
    """Control characters, and halves of a character."""
    with pytest.raises(InvalidError, match="control character or half a character"):
        check_event(placed(text)[place])


@pytest.mark.parametrize("place", sorted(set(placed("x")) - {"label value", "related label value"}))
def test_an_empty_text_is_refused(place: str):
    """All but a label's value, which may say nothing."""
    with pytest.raises(InvalidError, match="is empty"):
        check_event(placed("")[place])


def test_a_label_may_say_nothing():
    """Its key is enough."""
    check_event(placed("")["label value"])


def test_a_text_may_take_as_many_bytes_as_a_database_can_index_and_no_more():
    """1,024 characters of an alphabet with three bytes each are too many for PostgreSQL."""
    check_text("name", "語" * (limits.NAME_BYTES // 3))
    with pytest.raises(TooLargeError, match="has 2562 bytes; the limit is 2560"):
        check_text("name", "語" * (limits.NAME_BYTES // 3 + 1))


@given(st.text(min_size=1, max_size=30))
def test_any_text_is_taken_or_refused_by_the_rule(text: str):
    """Against the rule said character by character."""
    allowed = not any(ord(c) < 32 or ord(c) == 127 or 0xD800 <= ord(c) < 0xE000 for c in text)
    try:
        check_text("name", text)
    except InvalidError:
        assert not allowed
    else:
        assert allowed


def test_related_resources_up_to_the_limit_and_no_more():
    """100."""
    check_event(event(related=[("s3://lake", "uses")] * limits.RELATED))
    with pytest.raises(TooLargeError, match="has 101 related resources; the limit is 100"):
        check_event(event(related=[("s3://lake", "uses")] * (limits.RELATED + 1)))


@pytest.mark.parametrize("own", [0, 1, limits.LABELS])
def test_labels_up_to_the_limit_and_no_more(own: int):
    """500, over the event's own resource and the related ones."""

    def labelled(count: int) -> Event:
        labels = {str(place): "v" for place in range(count)}
        mine = Resource(id="s3://lake", labels=dict(list(labels.items())[:own]))
        theirs = Related(id="x", role="uses", labels=dict(list(labels.items())[own:]))
        return structs.replace(event(), resource=mine, related=(theirs,))

    check_event(labelled(limits.LABELS))
    with pytest.raises(TooLargeError, match="has 501 labels; the limit is 500"):
        check_event(labelled(limits.LABELS + 1))


@pytest.mark.parametrize(
    ("occurred", "says"),
    [
        (datetime(2026, 1, 31), "no time zone"),  # noqa: DTZ001  that is the point
        (datetime(1899, 12, 31, 23, 59, tzinfo=UTC), "from 1900 on"),
        (datetime(9999, 1, 1, tzinfo=UTC), "before 9999"),
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1))), "from 1900 on"),
        (datetime.max.replace(tzinfo=timezone(-timedelta(hours=1))), "before 9999"),
    ],
)
def test_a_time_that_is_no_moment_of_any_calendar_is_refused(occurred: datetime, says: str):
    """It would be stored, and nobody could read it again."""
    with pytest.raises(InvalidError, match=says):
        check_event(event(occurred=occurred))


@pytest.mark.parametrize(
    "occurred",
    [
        datetime(1900, 1, 1, tzinfo=UTC),
        datetime(9998, 12, 31, 23, 59, tzinfo=UTC),
        datetime(1900, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))),
    ],
)
def test_a_time_at_the_edge_of_the_calendar_is_taken(occurred: datetime):
    """In any time zone."""
    check_event(event(occurred=occurred))
