"""A run with all that is below it by column: the answers together are what was told."""

from __future__ import annotations

from datetime import timedelta
from itertools import accumulate
from typing import Any
from uuid import UUID, uuid4

import pytest

from peninsula.core import codec, ids
from peninsula.core.answers import RunEvents, Timeline
from peninsula.core.runs import Birth, RunKind, Upstream
from peninsula.core.states import StateType
from peninsula.server.storage.moments import micros
from peninsula.server.storage.read import run_rows, timelines
from tests.support.columns import ids_of
from tests.support.lots import below, births_of, tell_lots
from tests.support.make import START, Teller, change, event, state

pytestmark = pytest.mark.anyio


@pytest.fixture
async def told(world, random):
    """Trees of runs three deep, and the births in them by run."""
    lots = tell_lots(random, trees=6, size=14)
    await world.take(lots.teller.batch())
    return lots, births_of(lots)


async def test_a_timeline_holds_every_run_and_edge_by_column(world, told):
    """Each row read back is the run; each edge joins two rows."""
    lots, births = told
    for run, kind in lots.runs.items():
        line = await world.read(timelines.run_timeline, kind, run)
        rows = ids_of(line.ids)
        assert rows[0] == run
        assert set(rows) == below(run, births)
        names, begun = list(accumulate(line.name)), list(accumulate(line.begun))
        for row, id_ in enumerate(rows):
            one = await world.read(run_rows.run_by_id, line.kinds[line.kind[row]], id_)
            assert line.names[names[row]] == one.name
            assert line.labels[line.label[row]] == (one.flow or one.task)
            assert line.states[line.state[row]] == (one.state.type, one.state.name)
            created, started = micros(one.created), one.started and micros(one.started)
            if started is not None:
                created = max(created, min(micros(one.expected), started))
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


async def test_a_run_that_was_made_ahead_begins_when_it_was_due(world):
    """Not the day before, when its schedule made it; one for a moment long ago when it was made."""
    teller = Teller()
    ahead, backfilled = uuid4(), uuid4()
    day, minute = timedelta(days=1), timedelta(minutes=1)
    for run, expected in ((ahead, START + day), (backfilled, START - 30 * day)):
        birth = Birth(name="r", flow="etl", expected=expected)
        planned = change(StateType.SCHEDULED, born=birth)
        teller.tell(state(run, RunKind.FLOW_RUN, planned, START), run, run)
        began = max(expected, START) + minute
        teller.tell(state(run, RunKind.FLOW_RUN, change(StateType.RUNNING), began), run, run)
    await world.take(teller.batch())
    for run, due in ((ahead, START + day), (backfilled, START)):
        line = await world.read(timelines.run_timeline, RunKind.FLOW_RUN, run)
        assert (line.base, line.waited) == (micros(due), (micros(minute + due) - micros(due),))


async def test_a_suspended_run_goes_on_no_more(world):
    """Nothing of it is anywhere until someone resumes it; a run that pauses in its process is."""
    teller = Teller()
    suspended, paused = uuid4(), uuid4()
    for run, name in ((suspended, "Suspended"), (paused, "Paused")):
        begun = change(StateType.RUNNING, born=Birth(name="r", flow="f"))
        teller.tell(state(run, RunKind.FLOW_RUN, begun, START), run, run)
        held = change(StateType.PAUSED, name=name)
        at = START + timedelta(seconds=5)
        teller.tell(state(run, RunKind.FLOW_RUN, held, at), run, run)
    await world.take(teller.batch())
    lines = [
        await world.read(timelines.run_timeline, RunKind.FLOW_RUN, run)
        for run in (suspended, paused)
    ]
    assert [line.lasted for line in lines] == [(5_000_000,), (-1,)]


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
    line = await world.read(timelines.run_timeline, RunKind.FLOW_RUN, run)
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


async def test_ten_thousand_task_runs_and_events_are_small_answers(world, random):
    """Those of 10,000 tasks, with an edge and an event each, take 250 kB compressed together."""
    teller = Teller(step=700)
    root = uuid4()
    born = change(StateType.RUNNING, born=Birth(name="wide", flow="wide"))
    teller.tell(state(root, RunKind.FLOW_RUN, born), root, root)
    before: UUID | None = None
    for place in range(10_000):
        before = tell_task(random, teller, root, place, before)
    for first in range(0, len(teller.records), 2_000):
        await world.take(teller.batch(first, first + 2_000))
    line, sent = await answered(world, Timeline, f"flow-runs/{root}/timeline")
    told, more = await answered(world, RunEvents, f"flow-runs/{root}/events")
    assert (line.rows, len(line.edge_run), line.next) == (10_001, 9_999, None)
    assert (told.rows, told.systems, told.next) == (10_000, ("s3://lake",), None)
    assert sent + more <= 250_000


def tell_task(random, teller: Teller, root: UUID, place: int, before: UUID | None) -> UUID:
    """Tell of a task run that takes what the one before it made, and of what it read."""
    at = START + timedelta(microseconds=place * 700 + random.randrange(300))
    run = ids.uuid7(micros(at), random.randbytes(8))
    upstream = (Upstream(run=before, parameter="rows"),) if before is not None else ()
    birth = Birth(name=f"clean-{place}", task="clean", parent=root, root=root, upstream=upstream)
    begun = change(StateType.RUNNING, born=birth)
    teller.tell(state(run, RunKind.TASK_RUN, begun, at), run, root)
    path = f"s3://lake/raw/{random.randrange(500)}.csv"
    read = at + timedelta(microseconds=random.randrange(300))
    teller.tell(event("call.made", path, occurred=read), run, root)
    ended = at + timedelta(microseconds=random.randrange(400, 90_000))
    teller.tell(state(run, RunKind.TASK_RUN, change(StateType.COMPLETED), ended), run, root)
    return run


async def answered(world, shape: type[Any], path: str) -> tuple[Any, int]:
    """What is answered, and the bytes that were sent for it."""
    answer = await world.http.get(f"/api/{path}", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    return codec.decode(shape, answer.content), int(answer.headers["content-length"])


async def test_answers_of_few_rows_are_together_one_of_all(world, told, monkeypatch):
    """Each run, parent and edge is in one of them; what another one has is named by its id."""
    lots, _ = told
    for run, kind in lots.runs.items():
        whole = await world.read(timelines.run_timeline, kind, run)
        monkeypatch.setattr(timelines, "ROWS", 3)
        parts = [await world.read(timelines.run_timeline, kind, run)]
        while (cursor := parts[-1].next) is not None:
            parts.append(await world.read(timelines.run_timeline, kind, run, cursor=cursor))
        monkeypatch.undo()
        assert [part.rows for part in parts[:-1]] == [3] * (len(parts) - 1)
        assert [id_ for part in parts for id_ in ids_of(part.ids)] == ids_of(whole.ids)
        assert [one for part in parts for one in parents_of(part)] == parents_of(whole)
        rows = set(ids_of(whole.ids))
        edges = {edge for part in parts for edge in edges_of(part)}
        assert {edge for edge in edges if edge[1] in rows} == edges_of(whole)


def parents_of(line: Timeline) -> list[UUID | None]:
    """The parent of each row."""
    known = [*ids_of(line.ids), *ids_of(line.others)]
    return [None if place < 0 else known[place] for place in line.parent]


def edges_of(line: Timeline) -> set[tuple[UUID, UUID, str | None]]:
    """Which run depends on which, and by what."""
    known = [*ids_of(line.ids), *ids_of(line.others)]
    edges = zip(accumulate(line.edge_run), line.edge_upstream, line.edge_label, strict=True)
    return {(known[one], known[one - back], line.edge_labels[of][1]) for one, back, of in edges}


async def test_a_cursor_of_another_list_is_refused(world, told, monkeypatch):
    """Where a timeline goes on is no place among events."""
    _, births = told
    # Of a run that was told of in two ways one holds: not each that was called is in the tree.
    for run in {born.parent for born in births.values() if born.parent == born.root} - {None}:
        if (await world.http.get(f"/api/flow-runs/{run}/timeline")).json()["rows"] > 1:
            break
    else:
        pytest.fail("no run called another")
    monkeypatch.setattr(timelines, "ROWS", 1)
    told_first = (await world.http.get(f"/api/flow-runs/{run}/timeline")).json()
    asked = {"cursor": told_first["next"]}
    answer = await world.http.get(f"/api/flow-runs/{run}/events", params=asked)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    answer = await world.http.get(f"/api/flow-runs/{run}/timeline", params=asked)
    assert answer.json()["rows"] == 1
