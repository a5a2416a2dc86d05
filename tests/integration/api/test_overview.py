"""The overview: failures by what they follow, what runs, what is late and comes next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from msgspec import structs

from peninsula.core.runs import Birth, RunKind
from peninsula.core.states import StateType
from tests.support.make import START, Teller, change, event, state

pytestmark = pytest.mark.anyio

RANGE = {"after": START.isoformat(), "before": (START + timedelta(hours=1)).isoformat()}


def begin(teller: Teller, flow: str, minute: int, first=StateType.RUNNING, **born) -> UUID:
    """Tell of a flow run's first state."""
    run, at = uuid4(), START + timedelta(minutes=minute)
    root = born.get("root", run)
    told = change(first, born=Birth(name=f"{flow}-{minute}", flow=flow, **born))
    teller.tell(state(run, RunKind.FLOW_RUN, told, at), run, root)
    return run


def end(teller: Teller, run: UUID, minute: int, type_=StateType.FAILED, follows=None, **parts):
    """Tell of a flow run's last state, which follows an event."""
    told = state(run, RunKind.FLOW_RUN, change(type_, **parts), START + timedelta(minutes=minute))
    return teller.tell(structs.replace(told, follows=follows), run, run)


async def test_failures_are_grouped_by_the_system_that_they_follow(world):
    """Through the task in between; what follows nothing, by its error and flow."""
    teller, lake = Teller(), []
    for minute, flow in enumerate(("etl", "report")):
        run, task = begin(teller, flow, minute), uuid4()
        born = Birth(name="t", task="t", parent=run, root=run)
        teller.tell(state(task, RunKind.TASK_RUN, change(StateType.RUNNING, born=born)), task, run)
        call = teller.tell(event("call.failed", "s3://lake/raw/a.csv"), task, run)
        failed = state(task, RunKind.TASK_RUN, change(StateType.FAILED))
        teller.tell(structs.replace(failed, follows=call.id), task, run)
        end(teller, run, minute, follows=failed.id, message="ClientError: denied")
        lake.append(run)
    plain = begin(teller, "etl", 5)
    end(teller, plain, 6, message="ValueError: no rows")
    await world.take(teller.batch())
    first, second = (await world.get("overview", **RANGE))["failing"]
    assert (first["error"], first["cause"], first["strength"]) == ("ValueError", None, None)
    assert (first["ids"], first["flows"]) == ([str(plain)], ["etl"])
    assert (second["cause"], second["kind"], second["strength"]) == ("s3://lake", "s3", "linked")
    assert second["ids"] == [str(run) for run in reversed(lake)]
    assert second["flows"] == ["report", "etl"]
    assert second["newest"][0]["state"]["message"] == "ClientError: denied"
    began = second["began"]
    assert (began["label"], began["led_by"]["event"]) == ("t", "call.failed")
    assert (first["began"]["id"], first["began"]["led_by"]) == (str(plain), None)


async def test_failures_with_one_likely_cause_are_one_incident(world):
    """A flow's that follows the call, and another's that used the same and only failed after it."""
    teller, db = Teller(), "postgresql://db.internal/shop"
    teller.tell(event("database.restarted", db, occurred=START))
    runs = []
    for minute, flow, linked in ((1, "etl", True), (2, "report", False), (3, "export", False)):
        run = begin(teller, flow, minute)
        used = event("query.failed" if linked else "query.completed", db, occurred=START)
        teller.tell(used, run, run)
        end(teller, run, minute, follows=used.id if linked else None, message=f"{flow}: lost")
        runs.append(str(run))
    await world.take(teller.batch())
    (group,) = (await world.get("overview", **RANGE))["failing"]
    assert (group["cause"], group["strength"], group["error"]) == (db, "linked", None)
    assert (group["ids"], group["runs"]) == (runs[::-1], 3)


async def test_whose_question_was_wrong_did_not_fail_by_a_restart(world):
    """Whose connection was lost did, and with it the one that follows nothing."""
    teller, db = Teller(), "postgresql://db.internal/shop"
    teller.tell(event("database.restarted", db, occurred=START))
    for minute, flow, status in ((1, "etl", 503), (2, "typo", 404), (3, "report", None)):
        run = begin(teller, flow, minute)
        payload = {"method": "post", "error_type": f"HTTP {status}Error", "status": status}
        name = "peninsula.call.db.post.failed" if status else "query.completed"
        used = event(name, db, occurred=START, payload=payload)
        teller.tell(used, run, run)
        end(teller, run, minute, follows=used.id if status else None, message=f"{flow}: lost")
    await world.take(teller.batch())
    groups = (await world.get("overview", **RANGE))["failing"]
    assert [group["flows"] for group in groups] == [["report", "etl"], ["typo"]]


async def test_failures_long_before_what_led_to_the_newest_are_not_of_its_incident(world):
    """Of one flow and one error; each that is left is explained by itself, as far as it can be."""
    teller, db = Teller(), "postgresql://db.internal/shop"
    runs = []
    for minute in (1, 2, 20, 39, 40):
        run = begin(teller, "etl", minute)
        at = START + timedelta(minutes=minute)
        teller.tell(event("query.completed", db, occurred=at), run, run)
        end(teller, run, minute, message="LookupError: no rows")
        runs.append(str(run))
    for minute in (0, 38):
        restarted = event("database.restarted", db, occurred=START + timedelta(minutes=minute))
        teller.tell(restarted)
    await world.take(teller.batch())
    groups = (await world.get("overview", **RANGE))["failing"]
    assert [(one["event"], one["error"], one["ids"]) for one in groups] == [
        ("database.restarted", None, [runs[4], runs[3]]),
        (None, "LookupError", [runs[2], runs[1], runs[0]]),
    ]


async def test_where_no_cause_was_looked_for_it_is_said(world):
    """Of very many groups that follow nothing, those that failed last are looked at."""
    teller = Teller()
    for number in range(27):
        end(teller, begin(teller, "etl", number), number, message=f"Odd{number}Error: no")
    await world.take(teller.batch())
    groups = (await world.get("overview", **RANGE))["failing"]
    assert [one["error"] for one in groups if one["unsought"]] == ["Odd1Error", "Odd0Error"]


async def test_a_failure_began_where_the_call_that_it_follows_was_made(world):
    """The flow's state follows the task's call at once; what that follows is of another flow."""
    teller, other = Teller(), uuid4()
    run, task = begin(teller, "etl", 0), uuid4()
    born = Birth(name="load-0", task="load", parent=run, root=run)
    teller.tell(state(task, RunKind.TASK_RUN, change(StateType.RUNNING, born=born)), task, run)
    dropped = teller.tell(event("table.dropped", "postgresql://db/x"), other, other)
    call = event("call.failed", "postgresql://db/x")
    call = teller.tell(structs.replace(call, follows=dropped.id), task, run)
    end(teller, run, 1, follows=call.id)
    await world.take(teller.batch())
    began = (await world.get("overview", **RANGE))["failing"][0]["began"]
    assert (began["id"], began["label"]) == (str(task), "load")
    assert began["led_by"]["id"] == str(dropped.id)


async def test_a_flow_that_completed_since_has_recovered(world):
    """Its failure stays on the list, and says so."""
    teller = Teller()
    end(teller, begin(teller, "etl", 1), 2)
    end(teller, begin(teller, "etl", 3), 4, StateType.COMPLETED)
    end(teller, begin(teller, "other", 5), 6)
    await world.take(teller.batch())
    groups = (await world.get("overview", **RANGE))["failing"]
    assert [(one["flows"], one["recovered"]) for one in groups] == [
        (["other"], []),
        (["etl"], ["etl"]),
    ]


async def test_what_runs_what_is_late_and_what_comes_next(world):
    """Flow runs at the top only; the late ones the longest first, the next ones the soonest."""
    teller, now = Teller(), datetime.now(UTC)
    running = begin(teller, "etl", 0)
    begin(teller, "part", 0, parent=running, root=running)
    planned = []
    for hours in (-2, -1, 1, 2):
        expected = now + timedelta(hours=hours)
        planned.append(begin(teller, "etl", 0, StateType.SCHEDULED, expected=expected))
        if hours < 0:
            end(teller, planned[-1], 0, StateType.SCHEDULED, name="Late")
    await world.take(teller.batch())
    told = await world.get("overview", **RANGE)
    found = {part: [UUID(run["id"]) for run in told[part]] for part in ("running", "late", "next")}
    assert found == {"running": [running], "late": planned[:2], "next": planned[2:]}
    assert sum(sum(one["types"].values()) for one in told["history"]["buckets"]) == 1
    assert told["position"] == len(teller.records)


async def test_a_run_that_waits_for_its_next_attempt_is_under_way(world):
    """It is not late: its process has it."""
    teller = Teller()
    run = begin(teller, "etl", 0)
    end(teller, run, 1, StateType.SCHEDULED, name="AwaitingRetry")
    await world.take(teller.batch())
    told = await world.get("overview", **RANGE)
    assert [one["id"] for one in told["running"]] == [str(run)]
    counts = [told[f"{part}_count"]["count"] for part in ("running", "late", "next")]
    assert counts == [1, 0, 0]
    assert (await world.get("flow-runs/counts", under_way=True))["total"] == 1


async def test_runs_that_no_list_has_room_for_are_counted(world):
    """Those at the top; as many as the list of runs has in such a state."""
    teller, now = Teller(), datetime.now(UTC)
    top = begin(teller, "etl", 0)
    begin(teller, "part", 0, parent=top, root=top)
    for number in range(120):
        at = now + timedelta(hours=-1 if number < 70 else 1)
        run = begin(teller, "etl", 0, StateType.SCHEDULED, expected=at)
        if number < 70:
            end(teller, run, 0, StateType.SCHEDULED, name="Late")
    await world.take(teller.batch())
    told = await world.get("overview")
    assert len(told["late"]) == 50
    assert [told[f"{part}_count"] for part in ("running", "late", "next")] == [
        {"count": count, "partial": False} for count in (1, 70, 50)
    ]
    assert (await world.get("flow-runs/counts", state_name="Late"))["total"] == 70


async def test_the_history_has_what_was_not_over_when_it_began(world):
    """As the list of runs of that time has it; so has what failed."""
    teller = Teller()
    end(teller, begin(teller, "etl", -90), 30)
    begin(teller, "etl", -90)
    end(teller, begin(teller, "etl", -90), -30)
    await world.take(teller.batch())
    told = await world.get("overview", **RANGE)
    counts = {"FAILED": 1, "RUNNING": 1}
    assert [one["types"] for one in told["history"]["buckets"]] == [counts]
    assert [group["runs"] for group in told["failing"]] == [1]
    time = {"active_after": RANGE["after"], "expected_before": RANGE["before"]}
    assert (await world.get("flow-runs/counts", **time))["types"] == counts


async def test_a_run_that_goes_on_is_told_with_how_long_its_flow_takes(world):
    """The median of those that completed; nothing for a flow that never did."""
    teller = Teller()
    for minute, lasts in ((0, 2), (10, 4), (20, 9)):
        end(teller, begin(teller, "etl", minute), minute + lasts, StateType.COMPLETED)
    begin(teller, "etl", 40)
    begin(teller, "new", 41)
    await world.take(teller.batch())
    assert (await world.get("overview", **RANGE))["usual"] == {"etl": 240.0}


async def test_runs_at_the_top_are_a_filter_of_any_list(world):
    """`top=true` leaves out what another run called."""
    teller = Teller()
    top = begin(teller, "etl", 0)
    begin(teller, "part", 0, parent=top, root=top)
    await world.take(teller.batch())
    found = (await world.get("flow-runs", top="true"))["items"]
    assert [run["id"] for run in found] == [str(top)]
    assert (await world.get("flow-runs/counts", top="true"))["total"] == 1
