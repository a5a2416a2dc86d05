"""A run with all that is below it: tree, edges and logs agree with what was told."""

from __future__ import annotations

from itertools import accumulate
from typing import Any
from uuid import UUID, uuid4

import pytest

from peninsula.core.errors import NotFoundError
from peninsula.core.records import LogRecord
from peninsula.core.runs import Birth, RunKind, Upstream
from peninsula.core.states import StateType
from peninsula.server.storage.moments import micros
from peninsula.server.storage.read import logs, timelines, trees
from tests.support.columns import ids_of
from tests.support.lots import below, births_of, tell_lots
from tests.support.make import Teller, change, state

pytestmark = pytest.mark.anyio


@pytest.fixture
async def told(world, random):
    """Trees of runs three deep, and the births in them by run."""
    lots = tell_lots(random, trees=6, size=14)
    await world.take(lots.teller.batch())
    return lots, births_of(lots)


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


@pytest.mark.parametrize("bound", ["LINES", "CHARACTERS"])
async def test_lines_by_column_are_those_of_the_log(world, told, monkeypatch, bound):
    """Each row read back is the line; more than an answer holds come in the next one."""
    lots, _ = told
    monkeypatch.setattr(logs, bound, 5)
    for run, kind in lots.runs.items():
        found, asked = [], {}
        while asked.get("cursor", "") is not None:
            lines = await world.get(f"{kind.value}s/{run}/lines", **asked)
            assert lines["rows"] <= 5
            ids = ids_of(lines["runs"])
            found += [
                (ids[of], lines["loggers"][logger], level, lines["base"] + after, message)
                for of, logger, level, after, message in zip(
                    lines["run"],
                    lines["logger"],
                    lines["level"],
                    accumulate(lines["time"]),
                    lines["message"],
                    strict=True,
                )
            ]
            asked = {"cursor": lines["next"]}
        page = await world.read(logs.find_logs, kind, run, limit=1_000)
        assert found == [
            (line.run, line.logger, line.level, micros(line.time), line.message)
            for line in page.items
        ]


async def test_a_log_is_downloaded_whole_as_text(world):
    """More lines than one page holds, each with time, level and logger."""
    teller = Teller()
    run = uuid4()
    begun = change(StateType.RUNNING, born=Birth(name="r", flow="f"))
    teller.tell(state(run, RunKind.FLOW_RUN, begun), run, run)
    teller.log(run, run, *(f"line {place}" for place in range(2_500)))
    await world.take(teller.batch())
    answer = await world.http.get(f"/api/flow-runs/{run}/logs.txt")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    lines = answer.text.splitlines()
    assert len(lines) == 2_500
    assert lines[0] == "2026-01-31T02:00:00.001Z INFO     flow: line 0"
    assert lines[-1].endswith("line 2499")


async def test_what_is_not_there_is_not_found(world, told):
    """Each question about one run says which run it does not know."""
    for part in ("", "/tree", "/edges", "/timeline", "/logs", "/lines", "/logs.txt"):
        answer = await world.http.get(f"/api/flow-runs/{uuid4()}{part}")
        assert answer.status_code == 404, part
        assert answer.json()["code"] == "not-found"
    with pytest.raises(NotFoundError):
        await world.read(trees.find_tree, RunKind.TASK_RUN, next(iter(told[0].runs)))


async def test_a_run_of_a_deployment_is_seen_from_the_run_that_asked_for_it(world):
    """With all below it, at any depth; each still has a tree of its own."""
    teller = Teller()
    parent, asks, asked, inside, again = (uuid4() for _ in range(5))

    def tell(run: UUID, top: UUID, kind: RunKind = RunKind.FLOW_RUN, **born: Any) -> None:
        told = change(StateType.RUNNING, born=Birth(name="r", **born))
        teller.tell(state(run, kind, told), run, top)

    tell(parent, parent, flow="parent")
    tell(asks, parent, RunKind.TASK_RUN, task="asks", parent=parent, root=parent)
    source = Upstream(run=asks, parameter="day")
    tell(asked, asked, flow="etl", parent=asks, deployment=uuid4(), upstream=(source,))
    tell(inside, asked, RunKind.TASK_RUN, task="inside", parent=asked, root=asked)
    tell(again, again, flow="last", parent=inside, deployment=uuid4())
    await world.take(teller.batch())
    everything = {str(run) for run in (parent, asks, asked, inside, again)}
    tree = await world.get(f"flow-runs/{parent}/tree")
    assert {run["id"] for run in tree["items"]} == everything
    line = await world.read(timelines.run_timeline, RunKind.FLOW_RUN, parent)
    rows = ids_of(line.ids)
    above = {row: rows[up] for row, up in zip(rows, line.parent, strict=True) if up >= 0}
    assert above == {asks: parent, asked: asks, inside: asked, again: inside}
    edges = await world.get(f"flow-runs/{parent}/edges")
    assert [(edge["upstream"], edge["run"]) for edge in edges["items"]] == [(str(asks), str(asked))]
    own = await world.get(f"flow-runs/{asked}/tree")
    assert {run["id"] for run in own["items"]} == {str(run) for run in (asked, inside, again)}
    assert (await world.get(f"flow-runs/{asked}"))["root"] == str(asked)
