"""Events many at once: facets, layers by time, and two times compared."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest

from peninsula.core.filters import source_of
from peninsula.core.resources import OWN, kind_of, system_of
from peninsula.server.storage.read import event_counts, event_histogram
from tests.support.lots import tell_lots
from tests.support.make import START, Teller, event

pytestmark = pytest.mark.anyio

RANGE = {"after": START.isoformat(), "before": (START + timedelta(hours=2)).isoformat()}
QUERIES = ({}, {"q": "-source:flow"}, {"q": "type:orders.* -kind:s3"}, {"name": "call.made"})


@pytest.fixture
async def told(world, random):
    """A log of everything."""
    await world.take(tell_lots(random, trees=5).teller.batch())


async def everything(world, **how):
    """All events of a filter."""
    found, cursor = [], {}
    while True:
        page = await world.get("events", limit=200, **how, **cursor)
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


def ranked(counts):
    """Counts as an answer lists them."""
    return [
        {"key": key, "events": count}
        for key, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]


@pytest.mark.parametrize("how", QUERIES)
async def test_facets_count_what_events_could_be_filtered_by(world, told, how):
    """The same as looking at each event."""
    events = await everything(world, **how)
    facets = await world.get("events/facets", **how)
    systems, roles = Counter(), Counter()
    for one in events:
        ids = {one["resource"]["id"], *(related["id"] for related in one["related"])}
        systems.update({system_of(id_) for id_ in ids if not id_.startswith(OWN)})
        roles.update({related["role"] for related in one["related"]})
    assert facets["events"] == len(events)
    assert facets["types"] == ranked(Counter(one["event"] for one in events))
    assert facets["kinds"] == ranked(Counter(kind_of(one["resource"]["id"]) for one in events))
    assert facets["systems"] == ranked(systems)[:50]
    assert facets["roles"] == ranked(roles)
    assert facets["sources"] == ranked(
        Counter(source_of(one["event"], in_run=one["run"] is not None) for one in events)
    )
    assert not facets["partial"]


@pytest.mark.parametrize("step", [600, 601])
@pytest.mark.parametrize("how", QUERIES)
async def test_a_histogram_has_each_event_in_its_layer_and_span(world, told, how, step):
    """From kept counts of minutes or event by event, the same."""
    events = await everything(world, **RANGE, **how)
    found = await world.get("events/histogram", step=step, **RANGE, **how)
    expected: Counter = Counter()
    for one in events:
        at = datetime.fromisoformat(one["occurred"])
        expected[one["event"], int((at - START).total_seconds() // step)] += 1
    known = {series["key"] for series in found["series"]}
    if None not in known:
        assert {
            (series["key"], place): count
            for series in found["series"]
            for place, count in enumerate(series["counts"])
            if count
        } == expected
    assert sum(sum(series["counts"]) for series in found["series"]) == len(events)
    assert {len(series["counts"]) for series in found["series"]} <= {12}


@pytest.mark.parametrize("step", [5_000_000_000, 4_382_471_901])
async def test_a_histogram_has_all_the_time_that_there_is(world, told, step):
    """By the counts of minutes, and by the events where the spans are not of whole minutes."""
    time = {"after": "0001-01-01T00:00:00Z", "before": "9999-12-31T23:59:59.5Z"}
    found = await world.get("events/histogram", step=step, **time)
    counted = (await world.get("events/counts", **time))["items"]
    assert sum(sum(one["counts"]) for one in found["series"]) == sum(
        one["events"] for one in counted
    )


async def test_a_histogram_has_few_layers_and_the_rest_together(world, monkeypatch):
    """The most frequent names; by outcome there are three."""
    monkeypatch.setattr(event_histogram, "LAYERS", 2)
    teller = Teller()
    for times, name in ((1, "c.changed"), (3, "a.failed"), (2, "b.done"), (1, "d.error")):
        for _ in range(times):
            teller.tell(event(name))
    await world.take(teller.batch())
    found = await world.get("events/histogram", step=7200, **RANGE)
    assert [(one["key"], one["counts"]) for one in found["series"]] == [
        ("a.failed", [3]),
        ("b.done", [2]),
        (None, [2]),
    ]
    found = await world.get("events/histogram", step=7200, by="outcome", **RANGE)
    assert [(one["key"], one["counts"]) for one in found["series"]] == [
        ("failed", [4]),
        ("ok", [2]),
        ("other", [1]),
    ]


async def test_two_times_are_compared(world):
    """What is new first, with shares of both; without another time, the one as long before."""
    teller = Teller()
    for minute, name, place in (
        (0, "call.made", "s3://lake/a"),
        (1, "call.made", "s3://lake/a"),
        (10, "call.made", "s3://lake/a"),
        (11, "call.denied", "s3://lake/b"),
    ):
        teller.tell(event(name, place, occurred=START + timedelta(minutes=minute)))
    await world.take(teller.batch())
    moments = [(START + timedelta(minutes=minute)).isoformat() for minute in (0, 10, 20)]
    time = {"after": moments[1], "before": moments[2]}
    found = await world.get("events/comparison", **time)
    assert (found["events"], found["base_events"]) == (2, 2)
    denied, made = found["types"]
    assert (denied["key"], denied["share"], denied["base_share"]) == ("call.denied", 0.5, 0.0)
    assert (made["key"], made["share"], made["base_share"]) == ("call.made", 0.5, 1.0)
    assert denied["lift"] > 1 > made["lift"]
    assert [one["key"] for one in found["resources"]] == ["s3://lake/b", "s3://lake/a"]
    again = await world.get(
        "events/comparison", base_after=moments[0], base_before=moments[1], **time
    )
    assert again == found


async def test_more_than_is_counted_is_said_to_be_left_out(world, told, monkeypatch):
    """The newest are counted."""
    monkeypatch.setattr(event_counts, "COUNTED", 5)
    facets = await world.get("events/facets")
    assert (facets["events"], facets["partial"]) == (5, True)
    assert (await world.get("events/histogram", q="-text:no", **RANGE))["partial"]
    assert (await world.get("events/comparison", **RANGE))["partial"]


async def test_a_histogram_says_from_when_on_it_counts(world, monkeypatch):
    """Few of many are counted whole on the index that they lie on, names by what is kept."""
    teller = Teller()
    for minute in range(20):
        at = START + timedelta(minutes=minute)
        teller.tell(event("a.failed", f"s3://lake/{minute % 4}", occurred=at))
    await world.take(teller.batch())
    monkeypatch.setattr(event_histogram, "PASSED", 8)

    async def counted(q: str) -> tuple[int, str, bool]:
        found = await world.get("events/histogram", step=60, q=q, **RANGE)
        events = sum(sum(one["counts"]) for one in found["series"])
        return events, found["reached"], found["partial"]

    begin = RANGE["after"].replace("+00:00", "Z")
    assert await counted("type:*failed -type:b*") == (20, begin, False)
    assert await counted("type:none") == (0, begin, False)
    assert await counted("resource:s3://lake/3") == (5, begin, False)
    reached = (START + timedelta(minutes=12)).isoformat().replace("+00:00", "Z")
    assert await counted("-source:server") == (8, reached, True)
    assert await counted("-resource:s3://lake/3") == (6, reached, True)


async def test_a_bad_query_is_refused_with_its_place(world):
    """As 422, in every call that takes one."""
    for part in ("events", "events/counts", "events/facets", "events/histogram", "stream"):
        answer = await world.http.get(f"/api/{part}", params={"q": "type:a sorce:b"})
        assert (answer.status_code, answer.json()["details"]) == (422, {"at": 7}), part
