"""A run with all that is below it: tree, edges, timeline and logs agree with what was told."""

from __future__ import annotations

from base64 import b64decode
from datetime import timedelta
from itertools import accumulate
from uuid import UUID, uuid4

import pytest

from peninsula.core import codec, ids
from peninsula.core.answers import Timeline
from peninsula.core.errors import NotFoundError
from peninsula.core.records import EventRecord, LogRecord
from peninsula.core.runs import Birth, RunKind, StateChange, Upstream, is_state_event
from peninsula.core.states import StateType
from peninsula.server.storage.moments import micros
from peninsula.server.storage.read import logs, run_rows, trees
from tests.support.lots import tell_lots
from tests.support.make import START, Teller, change, state

pytestmark = pytest.mark.anyio


@pytest.fixture
async def told(world, random):
    """Trees of runs three deep, and the births in them by run."""
    lots = tell_lots(random, trees=6, size=14)
    await world.take(lots.teller.batch())
    births: dict[UUID, Birth] = {}
    for record in lots.teller.records:
        if isinstance(record, EventRecord) and is_state_event(record.event.event):
            born = codec.decode(StateChange, record.event.payload).born
            if born is not None:
                births[record.run] = born
    return lots, births


def below(top: UUID, births: dict[UUID, Birth]) -> set[UUID]:
    """The run and everything below it."""
    found = {top}
    while more := {run for run, born in births.items() if born.parent in found} - found:
        found |= more
    return found


async def test_a_tree_is_the_run_and_all_below_it(world, told):
    """For roots, for runs in the middle and for leaves, page by page, parents before children."""
    lots, births = told
    for run, kind in lots.runs.items():
        found = []
        cursor = None
        while True:
            page = await world.read(trees.find_tree, kind, run, limit=4, cursor=cursor)
            found += page.items
            cursor = page.next
            if cursor is None:
                break
        assert {one.id for one in found} == below(run, births)
        assert [one.created for one in found] == sorted(one.created for one in found)


async def test_edges_are_those_that_births_tell_of(world, told):
    """An edge belongs to the run that depends, and is listed with whatever that run is below."""
    lots, births = told
    for run, kind in lots.runs.items():
        found = []
        cursor = None
        while True:
            page = await world.read(trees.find_edges, kind, run, limit=3, cursor=cursor)
            found += page.items
            cursor = page.next
            if cursor is None:
                break
        assert {(e.run, e.upstream, e.parameter, e.kind) for e in found} == {
            (one, up.run, up.parameter, up.kind)
            for one in below(run, births)
            for up in births[one].upstream
        }
        assert len(found) == len({(e.run, e.upstream, e.parameter, e.kind) for e in found})


def ids_of(line: Timeline) -> list[UUID]:
    """The ids of a timeline's rows."""
    flat = b64decode(line.ids)
    return [UUID(bytes=flat[row :: line.rows]) for row in range(line.rows)]


async def test_a_timeline_holds_every_run_and_edge_by_column(world, told):
    """Each row read back is the run; each edge joins two rows."""
    lots, births = told
    for run, kind in lots.runs.items():
        line = await world.read(trees.run_timeline, kind, run)
        rows = ids_of(line)
        assert rows[0] == run
        assert set(rows) == below(run, births)
        names, begun = list(accumulate(line.name)), list(accumulate(line.begun))
        for row, id_ in enumerate(rows):
            one = await world.read(run_rows.run_by_id, line.kinds[line.kind[row]], id_)
            assert line.names[names[row]] == one.name
            assert line.labels[line.label[row]] == (one.flow or one.task)
            assert line.states[line.state[row]] == (one.state.type, one.state.name)
            created, started = micros(one.created), one.started and micros(one.started)
            assert line.base + begun[row] == created
            assert line.waited[row] == (-1 if started is None else max(started - created, 0))
            ended = one.ended and micros(one.ended) - (started or created)
            assert line.lasted[row] == (-1 if ended is None else max(ended, 0))
            assert line.parent[row] == (-1 if id_ == run else rows.index(one.parent))
        edges = {
            (rows[one], rows[one - back], *line.edge_labels[label][::-1])
            for one, back, label in zip(
                accumulate(line.edge_run), line.edge_upstream, line.edge_label, strict=True
            )
        }
        assert edges == {
            (one, up.run, up.parameter, up.kind)
            for one in rows
            for up in births[one].upstream
            if up.run in rows
        }


async def test_attempts_are_told_one_by_one_only_where_there_were_several(world):
    """A run that was tried again has its states with their moments; others need none."""
    teller = Teller()
    run, plain = uuid4(), uuid4()
    born = Birth(name="r", flow="f", retries=1)
    steps = [
        change(StateType.RUNNING, born=born),
        change(StateType.SCHEDULED, name="AwaitingRetry"),
        change(StateType.RUNNING, name="Retrying", attempt=1),
        change(StateType.COMPLETED, attempt=1),
    ]
    for place, step in enumerate(steps):
        at = START + timedelta(seconds=place)
        teller.tell(state(run, RunKind.FLOW_RUN, step, at), run, run)
    child = change(StateType.RUNNING, born=Birth(name="t", task="t", parent=run, root=run))
    teller.tell(state(plain, RunKind.TASK_RUN, child), plain, run)
    await world.take(teller.batch())
    line = await world.read(trees.run_timeline, RunKind.FLOW_RUN, run)
    assert {
        row: [(at, line.states[of][1]) for at, of in told] for row, told in line.segments.items()
    } == {
        0: [
            (0, "Running"),
            (1_000_000, "AwaitingRetry"),
            (2_000_000, "Retrying"),
            (3_000_000, "Completed"),
        ]
    }


async def test_ten_thousand_task_runs_are_one_small_answer(world, random):
    """A timeline of 10,000 task runs with as many edges takes 250 kB compressed at most."""
    teller = Teller(step=700)
    root = uuid4()
    born = change(StateType.RUNNING, born=Birth(name="wide", flow="wide"))
    teller.tell(state(root, RunKind.FLOW_RUN, born), root, root)
    before: UUID | None = None
    for place in range(10_000):
        at = START + timedelta(microseconds=place * 700 + random.randrange(300))
        run = ids.uuid7(micros(at), random.randbytes(8))
        upstream = (Upstream(run=before, parameter="rows"),) if before is not None else ()
        birth = Birth(
            name=f"clean-{place}", task="clean", parent=root, root=root, upstream=upstream
        )
        begun = change(StateType.RUNNING, born=birth)
        teller.tell(state(run, RunKind.TASK_RUN, begun, at), run, root)
        ended = at + timedelta(microseconds=random.randrange(400, 90_000))
        teller.tell(state(run, RunKind.TASK_RUN, change(StateType.COMPLETED), ended), run, root)
        before = run
    for first in range(0, len(teller.records), 2_000):
        await world.take(teller.batch(first, first + 2_000))
    answer = await world.http.get(
        f"/api/flow-runs/{root}/timeline", headers={"Accept-Encoding": "gzip"}
    )
    line = codec.decode(Timeline, answer.content)
    assert line.rows == 10_001
    assert len(line.edge_run) == 9_999
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) <= 250_000


async def test_more_runs_than_an_answer_holds_are_said_to_be_left_out(world, told, monkeypatch):
    """The first runs are there, the edges among them, and `partial`."""
    monkeypatch.setattr(trees, "TIMELINE_RUNS", 2)
    _, births = told
    root = max(
        (run for run, born in births.items() if born.parent is None),
        key=lambda run: len(below(run, births)),
    )
    line = await world.read(trees.run_timeline, RunKind.FLOW_RUN, root)
    assert (line.rows, line.partial) == (2, True)
    assert len(ids_of(line)) == 2
    assert max(line.parent) <= 0


async def test_logs_are_the_lines_of_the_run_and_what_is_below_it(world, told):
    """In the order of time, with level and text, alone or with what is below, both ways."""
    lots, births = told
    lines = [
        (record.run, line.message)
        for record in lots.teller.records
        if isinstance(record, LogRecord)
        for line in record.lines
    ]
    for run, kind in lots.runs.items():
        family = [line for line in lines if line[0] in below(run, births)]
        for how, expected in (
            ({}, family),
            ({"below": False}, [line for line in lines if line[0] == run]),
            ({"text": "NEEDLE"}, [line for line in family if "needle" in line[1]]),
            ({"level": 30}, []),
        ):
            found = await all_lines(world, kind, run, **how)
            assert found == expected
            assert await all_lines(world, kind, run, newest_first=True, **how) == found[::-1]


async def all_lines(world, kind, run, **how):
    """All pages of a run's log."""
    found, cursor = [], None
    while True:
        page = await world.read(logs.find_logs, kind, run, limit=3, cursor=cursor, **how)
        found += [(line.run, line.message) for line in page.items]
        cursor = page.next
        if cursor is None:
            return found


async def test_a_log_is_downloaded_whole_as_text(world):
    """More lines than one page holds, each with time, level and logger."""
    teller = Teller()
    run = uuid4()
    begun = change(StateType.RUNNING, born=Birth(name="r", flow="f"))
    teller.tell(state(run, RunKind.FLOW_RUN, begun), run, run)
    teller.log(run, run, *(f"line {place}" for place in range(2_500)))
    await world.take(teller.batch())
    answer = await world.http.get(f"/api/flow-runs/{run}/logs.txt")
    assert answer.headers["content-type"].startswith("text/plain")
    lines = answer.text.splitlines()
    assert len(lines) == 2_500
    assert lines[0] == "2026-01-31T02:00:00.001Z INFO     flow: line 0"
    assert lines[-1].endswith("line 2499")


async def test_what_is_not_there_is_not_found(world, told):
    """Each question about one run says which run it does not know."""
    for part in ("", "/tree", "/edges", "/timeline", "/logs", "/logs.txt"):
        answer = await world.http.get(f"/api/flow-runs/{uuid4()}{part}")
        assert answer.status_code == 404, part
        assert answer.json()["code"] == "not-found"
    with pytest.raises(NotFoundError):
        await world.read(trees.find_tree, RunKind.TASK_RUN, next(iter(told[0].runs)))
