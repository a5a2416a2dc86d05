"""Events are found as the pure filter says, page by page, both ways, on both databases."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from uuid import UUID, uuid4

import pytest

from peninsula.core.answers import LoggedEvent
from peninsula.core.filters import EventFilter, matches_event
from peninsula.core.resources import own
from peninsula.core.runs import Birth, RunKind
from peninsula.core.states import StateType
from peninsula.core.terms import Field, Source, Term
from peninsula.server.storage.read import event_counts, events, search
from tests.support import lots as made
from tests.support import make
from tests.support.lots import tell_lots
from tests.support.make import START, Teller, change, state
from tests.support.soak import SOAK

pytestmark = pytest.mark.anyio

QUESTIONS = 3_000 if SOAK else 100


@pytest.fixture
async def asked(world, random):
    """A log of everything, all of its events, and who is below whom."""
    lots = tell_lots(random)
    await world.take(lots.teller.batch())
    everything = await all_pages(world, EventFilter(), newest_first=False, limit=200)
    parents = dict(
        await world.read(
            lambda tx: [
                (UUID(bytes=bytes(run)), UUID(bytes=bytes(parent)))
                for run, parent in tx.exec_driver_sql(
                    "SELECT i.uuid, p.uuid FROM runs r JOIN run_ids i ON i.id = r.id"
                    " JOIN run_ids p ON p.id = r.parent"
                )
            ]
        )
    )

    def below(run: UUID | None, top: UUID) -> bool:
        while run is not None and run != top:
            run = parents.get(run)
        return run == top

    return lots, everything, below


async def all_pages(world, wanted: EventFilter, **how) -> list[LoggedEvent]:
    """All pages of an answer, one after the other."""
    found: list[LoggedEvent] = []
    cursor = None
    while True:
        page = await world.read(events.find_events, wanted, cursor=cursor, **how)
        assert len(page.items) <= how["limit"]
        found += page.items
        if page.next is None:
            return found
        assert len(page.items) == how["limit"] or page.partial
        cursor = page.next


def some_filter(random: Random, lots) -> EventFilter:
    """A filter of a few conditions, most of which leave something."""
    chosen = {
        "names": lambda: tuple(
            random.sample(("orders.*", "orders.lost", "call.made", "peninsula.*", "no.such"), 2)
        ),
        "resources": lambda: tuple(random.sample((*made.PLACES, "no://such"), 2)),
        "related": lambda: (random.choice(made.PLACES),),
        "roles": lambda: (random.choice((*made.ROLES, "nobody")),),
        "involves": lambda: (
            random.choice((*made.PLACES, own("flow-run", random.choice([*lots.runs])))),
        ),
        "run": lambda: random.choice((*lots.runs, uuid4())),
        "follows": lambda: random.choice(lots.events),
        "after": lambda: START + timedelta(seconds=random.randrange(7200)),
        "before": lambda: START + timedelta(seconds=random.randrange(7200)),
        "text": lambda: random.choice((*made.WORDS, "ORDERS", "größe", "%", "_")),
        "since": lambda: random.randrange(100),
        "terms": lambda: some_terms(random, lots),
    }
    names = random.sample(sorted(chosen), random.choice((1, 1, 2, 2, 3)))
    return EventFilter(**{name: chosen[name]() for name in names})


def some_terms(random: Random, lots) -> tuple[Term, ...]:
    """A query of one to three terms."""
    values = {
        Field.TYPE: ("orders.*", "*lost", "call.made", "*.*.*", "no.such", "*"),
        Field.RESOURCE: (*made.PLACES, "no://such"),
        Field.RELATED: made.PLACES,
        Field.INVOLVES: (*made.PLACES, own("flow-run", random.choice([*lots.runs]))),
        Field.ROLE: (*made.ROLES, "nobody"),
        Field.KIND: ("s3", "flow-run", "task-run", "custom", "no"),
        Field.SOURCE: tuple(Source),
        Field.RUN: (str(random.choice([*lots.runs])), str(uuid4())),
        Field.TEXT: (*made.WORDS, "ORDERS"),
    }
    fields = random.choices([*Field], k=random.choice((1, 2, 3)))
    return tuple(
        Term(field, random.choice(values[field]), negated=random.random() < 0.4) for field in fields
    )


@pytest.mark.parametrize("bounded", [False, True], ids=["at once", "bounded"])
async def test_filters_find_what_the_predicate_says(world, asked, random, monkeypatch, bounded):
    """Whatever is asked, the pages hold just the events that the pure filter means, in order."""
    lots, everything, below = asked
    if bounded:
        monkeypatch.setattr(search, "FEW", 4)
        monkeypatch.setattr(search, "STEPS", (3, 11))
    for _ in range(QUESTIONS):
        wanted = some_filter(random, lots)
        newest = random.random() < 0.5
        limit = random.choice((3, 7, 50))
        expected = [event for event in everything if matches_event(wanted, event, below)]
        timed = wanted.after or wanted.before
        expected.sort(
            key=lambda event: (event.occurred, event.position) if timed else (event.position,),
            reverse=newest,
        )
        found = await all_pages(world, wanted, newest_first=newest, limit=limit)
        assert [e.position for e in found] == [e.position for e in expected], wanted
        assert found == expected


async def test_pages_turn_back_to_where_they_came_from(world, asked):
    """Going forward and then back shows the same pages again."""
    wanted = EventFilter(names=("orders.*",))
    pages = [await world.read(events.find_events, wanted, limit=5)]
    while pages[-1].next is not None:
        pages.append(await world.read(events.find_events, wanted, limit=5, cursor=pages[-1].next))
    assert len(pages) > 2
    back = [pages[-1]]
    while back[-1].previous is not None:
        back.append(await world.read(events.find_events, wanted, limit=5, cursor=back[-1].previous))
    assert [page.items for page in back] == [page.items for page in reversed(pages)]


async def test_an_event_is_told_as_it_was_sent(world, random):
    """Names, labels, related resources, payload: what comes out is what went in."""
    lots = tell_lots(random, trees=2)
    await world.take(lots.teller.batch())
    sent = {record.event.id: record for record in lots.teller.records if hasattr(record, "event")}
    for event in await all_pages(world, EventFilter(), newest_first=True, limit=50):
        record = sent.pop(event.id)
        assert (event.occurred, event.event) == (record.event.occurred, record.event.event)
        assert (event.resource, event.related) == (record.event.resource, record.event.related)
        assert bytes(event.payload) == bytes(record.event.payload)
        assert (event.follows, event.number) == (record.event.follows, record.number)
        assert event.emitter == lots.teller.process.emitter
        assert (await world.get(f"events/{event.id}"))["position"] == event.position
    assert not sent


async def test_counts_are_those_of_the_events(world, asked, random):
    """By name, by time and by resource, with any filters, whole minutes or not."""
    lots, everything, below = asked
    for _ in range(QUESTIONS // 2):
        wanted = some_filter(random, lots)
        meant = [event for event in everything if matches_event(wanted, event, below)]
        counted = await world.read(event_counts.count_by_name, wanted)
        assert not counted.partial
        names = [event.event for event in meant]
        assert {one.key: one.events for one in counted.items} == {
            name: names.count(name) for name in names
        }, wanted
        counted = await world.read(event_counts.count_by_resource, wanted)
        involved = [
            id_
            for event in meant
            for id_ in {event.resource.id, *(related.id for related in event.related)}
        ]
        assert {one.key: one.events for one in counted.items} == {
            id_: involved.count(id_) for id_ in involved
        }, wanted


@pytest.mark.parametrize("step", [60, 300, 7, 3600])
async def test_events_are_counted_by_spans_of_time(world, asked, step):
    """A span begins where the one before it ended; empty spans are left out."""
    _, everything, _ = asked
    for after, names in ((START, ()), (START + timedelta(seconds=13), ("orders.*",))):
        before = after + timedelta(seconds=5000)
        wanted = EventFilter(names=names, after=after, before=before)
        counted = await world.read(
            event_counts.count_by_time, EventFilter(names=names), after, before, step
        )
        expected: dict[str, int] = {}
        for event in everything:
            if matches_event(wanted, event, lambda *_: False):
                spans = (event.occurred - after) // timedelta(seconds=step)
                start = after + spans * timedelta(seconds=step)
                key = start.isoformat().replace("+00:00", "Z")
                expected[key] = expected.get(key, 0) + 1
        assert {one.key: one.events for one in counted.items} == expected
        assert [one.key for one in counted.items] == sorted(expected)


async def test_events_of_a_wide_subflow_are_found(world):
    """Below a run in the middle of a tree there may be more runs than index ranges to look at."""
    teller, root, part = Teller(), uuid4(), uuid4()
    for run, parent in ((root, None), (part, root), *((uuid4(), part) for _ in range(70))):
        born = Birth(name="r", flow="f", parent=parent, root=root)
        begun = change(StateType.RUNNING, born=born)
        teller.tell(state(run, RunKind.FLOW_RUN, begun), run, root)
    await world.take(teller.batch())
    page = await world.get("events", run=str(part), limit=200)
    assert len(page["items"]) == 71


async def test_an_event_names_the_run_it_happened_in(world):
    """As the run is called; where it has not said how, nothing."""
    teller, run, silent = Teller(), uuid4(), uuid4()
    begun = change(StateType.RUNNING, born=Birth(name="nightly-1", flow="nightly"))
    teller.tell(state(run, RunKind.FLOW_RUN, begun), run, run)
    teller.tell(make.event("call.made"), run, run)
    teller.tell(make.event("call.made"), silent, silent)
    teller.tell(make.event("call.made"))
    await world.take(teller.batch())
    page = await world.get("events", order="oldest")
    assert [one["run_name"] for one in page["items"]] == ["nightly-1", "nightly-1", None, None]


async def test_an_event_names_the_flow_run_at_the_top_of_its_tree(world):
    """Beside the innermost run, which has a name of its own."""
    teller, root, task = Teller(), uuid4(), uuid4()
    for run, kind, name in (
        (root, RunKind.FLOW_RUN, "nightly-1"),
        (task, RunKind.TASK_RUN, "load"),
    ):
        named = {"flow": "nightly"} if run == root else {"task": "load", "parent": root}
        begun = change(StateType.RUNNING, born=Birth(name=name, root=root, **named))
        teller.tell(state(run, kind, begun), run, root)
    teller.tell(make.event("call.made"), task, root)
    await world.take(teller.batch())
    (made,) = (await world.get("events", name="call.made"))["items"]
    assert (made["run_name"], made["root_name"]) == ("load", "nightly-1")
