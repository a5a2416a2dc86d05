"""Runs are found, sorted and counted as the pure filter says, on both databases."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from random import Random
from uuid import uuid4

import pytest

from peninsula.core.answers import Counted
from peninsula.core.errors import InvalidError, NotFoundError
from peninsula.core.filters import RunFilter, Sort, SortBy, matches_run, sort_key
from peninsula.core.runs import Birth, Run, RunKind
from peninsula.core.states import StateType
from peninsula.server.storage.read import flows, overlaps, run_rows, runs
from tests.support import lots as made
from tests.support.lots import tell_lots
from tests.support.make import START, Teller, change, state
from tests.support.soak import SOAK

pytestmark = pytest.mark.anyio

QUESTIONS = 1_500 if SOAK else 60


@pytest.fixture
async def known(world, random):
    """Every run of a log of everything."""
    lots = tell_lots(random, trees=12)
    await world.take(lots.teller.batch())
    return [
        run
        for kind in RunKind
        for run in await all_pages(world, RunFilter(kind=kind), sort=Sort(), limit=200)
    ]


async def all_pages(world, wanted: RunFilter, **how) -> list[Run]:
    """All pages of an answer, one after the other."""
    found: list[Run] = []
    cursor = None
    while True:
        page = await world.read(runs.find_runs, wanted, cursor=cursor, **how)
        found += page.items
        if page.next is None:
            return found
        cursor = page.next


def some_filter(random: Random, known: list[Run]) -> RunFilter:
    """A filter of a few conditions, most of which leave something."""
    one = random.choice(known)
    moment = START + timedelta(seconds=random.randrange(7200))
    chosen = {
        "ids": lambda: (one.id, uuid4()),
        "id_prefix": lambda: str(one.id)[: random.randrange(1, 36)].rstrip("-"),
        "types": lambda: tuple(random.sample([*StateType], 3)),
        "state_names": lambda: tuple(random.sample(("TimedOut", "Running", "Completed"), 2)),
        "under_way": lambda: True,
        "flows": lambda: tuple(random.sample(made.FLOWS, 2)),
        "top": lambda: True,
        "tasks": lambda: (random.choice(("clean", "load", "none")),),
        "text": lambda: random.choice((*made.WORDS, *made.FLOWS, "CLE", "ALPHA", "-3", "%", "_")),
        "tags": lambda: tuple(random.sample(made.TAGS, random.choice((1, 2)))),
        "any_tags": lambda: tuple(random.sample(made.TAGS, 2)),
        "parent": lambda: one.parent or uuid4(),
        "root": lambda: one.root,
        "deployments": lambda: (one.deployment or uuid4(),),
        "active_after": lambda: moment,
        "expected_after": lambda: moment,
        "expected_before": lambda: moment,
        "started_after": lambda: moment,
        "started_before": lambda: moment,
        "ended_after": lambda: moment,
        "ended_before": lambda: moment,
    }
    names = random.sample(sorted(chosen), random.choice((0, 1, 1, 2, 3)))
    return RunFilter(kind=random.choice([*RunKind]), **{name: chosen[name]() for name in names})


def in_order(found: list[Run], sort: Sort) -> list[object]:
    """What the runs are sorted by, checked to be in order, None last either way."""
    keys = [sort_key(run, sort.by) for run in found]
    there = [key for key in keys if key is not None]
    assert keys == there + [None] * (len(keys) - len(there))
    assert there == sorted(there, reverse=sort.descending)
    return keys


async def test_filters_find_what_the_predicate_says(world, known, random):
    """Whatever is asked, in whatever order, the pages hold just the runs that are meant."""
    for _ in range(QUESTIONS):
        wanted = some_filter(random, known)
        sort = Sort(random.choice([*SortBy]), descending=random.random() < 0.5)
        limit = random.choice((3, 7, 50))
        found = await all_pages(world, wanted, sort=sort, limit=limit)
        expected = [run for run in known if matches_run(wanted, run)]
        assert {run.id for run in found} == {run.id for run in expected}, wanted
        assert len(found) == len(expected), wanted
        in_order(found, sort)
        counts = await world.read(runs.count_runs, wanted)
        assert counts.total == len(expected)
        types = [run.state.type for run in expected]
        assert counts.types == {type_: types.count(type_) for type_ in types}
        names = [run.state.name for run in expected]
        assert counts.names == {name: names.count(name) for name in names}


@pytest.mark.parametrize("descending", [True, False])
async def test_a_bounded_search_goes_on_where_it_stopped(
    world, known, random, monkeypatch, descending
):
    """Where one question looks at few runs, following `next` still finds all, in order."""
    monkeypatch.setattr(runs, "SCAN", 5)
    monkeypatch.setattr(runs, "FEW", 1)
    for _ in range(QUESTIONS // 4):
        wanted = some_filter(random, known)
        sort = Sort(SortBy.EXPECTED, descending=descending)
        found = await all_pages(world, wanted, sort=sort, limit=3)
        in_order(found, sort)
        assert {run.id for run in found} == {run.id for run in known if matches_run(wanted, run)}


async def test_an_order_without_an_index_says_what_it_left_out(world, known, monkeypatch):
    """Sorted by name, only the newest runs are looked at, and the answer is partial."""
    monkeypatch.setattr(runs, "SCAN", 5)
    wanted = RunFilter(kind=RunKind.TASK_RUN)
    page = await world.read(runs.find_runs, wanted, sort=Sort(SortBy.NAME, descending=False))
    newest = sorted(
        (run for run in known if run.kind is RunKind.TASK_RUN),
        key=lambda run: run.expected,
        reverse=True,
    )
    assert page.partial
    assert {run.expected for run in page.items} == {run.expected for run in newest[:5]}


async def test_pages_turn_back_to_where_they_came_from(world, known):
    """Going forward and then back shows the same pages again."""
    for by in SortBy:
        how = {"sort": Sort(by, descending=True), "limit": 4}
        wanted = RunFilter(kind=RunKind.TASK_RUN)
        pages = [await world.read(runs.find_runs, wanted, **how)]
        while pages[-1].next is not None:
            pages.append(await world.read(runs.find_runs, wanted, cursor=pages[-1].next, **how))
        back = [pages[-1]]
        while back[-1].previous is not None:
            back.append(await world.read(runs.find_runs, wanted, cursor=back[-1].previous, **how))
        assert [page.items for page in back] == [page.items for page in reversed(pages)]


async def test_a_cursor_is_for_its_own_list(world, known):
    """With other filters or another order, a cursor is refused with a reason."""
    page = await world.read(runs.find_runs, RunFilter(kind=RunKind.TASK_RUN), limit=2)
    for other in (RunFilter(), RunFilter(kind=RunKind.TASK_RUN, text="x")):
        with pytest.raises(InvalidError, match="of a list with other filters"):
            await world.read(runs.find_runs, other, cursor=page.next)
    for text in ("", "x", "AAAA", "é", page.next[:-4]):
        with pytest.raises(InvalidError, match="cannot be read"):
            await world.read(runs.find_runs, RunFilter(kind=RunKind.TASK_RUN), limit=2, cursor=text)


async def test_history_counts_runs_by_time_and_state(world, known):
    """Each run that was expected in the time is in the span it was expected in, once."""
    since, until = START, START + timedelta(seconds=3600)
    told = await world.read(runs.run_history, RunFilter(kind=RunKind.TASK_RUN), since, until, 500.0)
    expected: dict[tuple[object, StateType], int] = {}
    for run in known:
        if run.kind is RunKind.TASK_RUN and since <= run.expected < until:
            span = (run.expected - since) // timedelta(seconds=500)
            key = (since + span * timedelta(seconds=500), run.state.type)
            expected[key] = expected.get(key, 0) + 1
    assert {
        (bucket.start, type_): count
        for bucket in told.buckets
        for type_, count in bucket.types.items()
    } == expected
    starts = [bucket.start for bucket in told.buckets]
    assert starts == sorted(set(starts))


async def test_history_has_what_went_on_when_the_time_began_in_its_first_span(world, known):
    """Counts of a time are those of the runs that its list has, also of what began before."""
    since, until = START + timedelta(seconds=1800), START + timedelta(seconds=3600)
    wanted = RunFilter(kind=RunKind.TASK_RUN, active_after=since, expected_before=until)
    told = await world.read(runs.run_history, wanted, since, until, 500.0)
    meant = [run for run in known if matches_run(wanted, run)]
    first = since + timedelta(seconds=500)
    assert any(run.expected < since for run in meant)
    assert sum(count for bucket in told.buckets for count in bucket.types.values()) == len(meant)
    early = [run for run in meant if run.expected < first]
    assert sum(told.buckets[0].types.values()) == len(early)
    assert told.buckets[0].start == since


async def test_of_many_earlier_runs_the_nearest_and_all_that_go_on_are_found(world, monkeypatch):
    """What is not over is active however long ago it began; what has ended is only sought near."""
    monkeypatch.setattr(overlaps, "LOOK_BACK", 2)
    minutes = [timedelta(minutes=minute) for minute in range(6)]
    teller, ids = Teller(), [uuid4() for _ in minutes]
    for run, minute in zip(ids, minutes, strict=True):
        born = Birth(name="one", flow="one")
        told = change(StateType.RUNNING, born=born)
        teller.tell(state(run, RunKind.FLOW_RUN, told, START + minute), run, run)
    ends = START + timedelta(hours=1)
    for run in ids[2:]:
        told = change(StateType.COMPLETED)
        teller.tell(state(run, RunKind.FLOW_RUN, told, ends), run, run)
    await world.take(teller.batch())
    late = RunFilter(active_after=ends - timedelta(minutes=1))
    assert {run.id for run in await all_pages(world, late)} == set(ids)
    teller.tell(state(ids[0], RunKind.FLOW_RUN, change(StateType.COMPLETED), ends), ids[0], ids[0])
    teller.tell(state(ids[1], RunKind.FLOW_RUN, change(StateType.COMPLETED), ends), ids[1], ids[1])
    await world.take(teller.batch(len(ids) + 4))
    assert {run.id for run in await all_pages(world, late)} == set(ids[-2:])


async def test_a_run_is_told_as_it_was_born(world):
    """Every part of the birth and of the state is in the answer."""
    teller = Teller()
    lots = made.Lots(teller, {}, [])
    made._begin(Random(3), lots, run := uuid4(), RunKind.FLOW_RUN, None, run)
    teller.tell(
        state(
            run,
            RunKind.FLOW_RUN,
            change(StateType.FAILED, message="no", details={"a": 1}),
            START + timedelta(hours=2),
        ),
        run,
        run,
    )
    await world.take(teller.batch())
    born = next(iter(teller.records)).event
    told = await world.read(run_rows.run_by_id, RunKind.FLOW_RUN, run)
    assert (told.state.type, told.state.message, told.state.details) == (
        StateType.FAILED,
        "no",
        {"a": 1},
    )
    assert told.root == told.id == run
    assert told.created == born.occurred
    assert told.process == teller.process.emitter
    assert told.flow in made.FLOWS
    answer = await world.get(f"flow-runs/{run}")
    assert answer["flow_id"] == str(told.flow_id)


async def test_a_run_of_the_other_kind_or_none_is_not_found(world, known):
    """The message names what was looked for."""
    task = next(run for run in known if run.kind is RunKind.TASK_RUN)
    with pytest.raises(NotFoundError, match=f"No flow run {task.id}"):
        await world.read(run_rows.run_by_id, RunKind.FLOW_RUN, task.id)
    with pytest.raises(NotFoundError, match="No task run"):
        await world.read(run_rows.run_by_id, RunKind.TASK_RUN, uuid4())


async def test_flows_are_listed_by_name_with_their_outcomes(world, known):
    """Each flow once, however many runs it has; its newest run with it."""
    page = await world.read(flows.find_flows, limit=2)
    rest = await world.read(flows.find_flows, limit=2, cursor=page.next)
    found = [*page.items, *rest.items]
    assert [flow.name for flow in found] == sorted({run.flow for run in known if run.flow})
    for flow in found:
        own = [run for run in known if run.flow == flow.name]
        assert flow.runs == Counted(count=len(own), partial=False)
        types = {type_: counted.count for type_, counted in flow.types.items()}
        assert types == Counter(run.state.type for run in own)
        assert flow.last.expected == max(run.expected for run in own)
        assert flow.id == own[0].flow_id
    assert (await world.read(flows.find_flows, limit=2, cursor=rest.previous)).items == page.items
    only = await world.read(flows.find_flows, text="HOUR")
    assert [flow.name for flow in only.items] == ["hourly"]
