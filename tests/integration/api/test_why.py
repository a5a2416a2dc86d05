"""Why a run failed: what its failure follows, and what happened before to what it touched."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest
from msgspec import structs

from peninsula.core.calls import CALL
from peninsula.core.events import Related
from peninsula.core.fold import ENDED
from peninsula.core.runs import Birth, Origin, RunKind
from peninsula.core.states import StateType
from peninsula.server.storage import bulk
from peninsula.server.storage.read import nearby, touched
from tests.support.make import START, Teller, change, event, state

pytestmark = pytest.mark.anyio

LAKE = "s3://lake/raw/a.csv"


def at(minute: float):
    """That many minutes after the start."""
    return START + timedelta(minutes=minute)


def flow_run(teller: Teller, minute: float, type_: StateType, call: str) -> UUID:
    """Tell of a run of `etl` with a task that calls the lake and ends so; a failure follows it."""
    run, task = uuid4(), uuid4()
    born = Birth(name=f"etl-{minute}", flow="etl")
    begun = change(StateType.RUNNING, born=born)
    teller.tell(state(run, RunKind.FLOW_RUN, begun, at(minute)), run, run)
    begun = change(StateType.RUNNING, born=Birth(name="load-0", task="load", parent=run, root=run))
    teller.tell(state(task, RunKind.TASK_RUN, begun, at(minute)), task, run)
    called = teller.tell(event(call, LAKE, occurred=at(minute + 0.5)), task, run)
    failed = type_ is StateType.FAILED
    message = "ClientError: Access Denied" if failed else None
    follows = called.id
    for one, kind in ((task, RunKind.TASK_RUN), (run, RunKind.FLOW_RUN)):
        ended = state(one, kind, change(type_, message=message), at(minute + 1))
        ended = structs.replace(ended, follows=follows if failed else None)
        teller.tell(ended, one, run)
        follows = ended.id
    return run


async def test_the_chain_leads_from_the_last_state_to_the_call(world):
    """Through the failed task run, which is told of with what led to it; strength: linked."""
    teller = Teller()
    run = flow_run(teller, 0, StateType.FAILED, "call.failed")
    await world.take(teller.batch())
    why = await world.get(f"flow-runs/{run}/why")
    assert (why["failed"], why["error"]) == (True, "ClientError")
    assert [one["event"] for one in why["chain"]] == [
        "peninsula.flow-run.failed",
        "peninsula.task-run.failed",
        "call.failed",
    ]
    (below,) = why["below"]
    assert (below["label"], below["led_by"]["resource"]["id"]) == ("load", LAKE)
    (suspect,) = why["suspects"]
    assert (suspect["strength"], suspect["system"]) == ("linked", "s3://lake")
    assert (suspect["kind"], suspect["before"]) == ("s3", 30.0)
    (task,) = [one["id"] for one in (await world.get("task-runs"))["items"]]
    assert len((await world.get(f"task-runs/{task}/why"))["chain"]) == 2


async def test_history_counts_the_runs_of_the_flow_with_the_same_suspect(world):
    """In failures and successes up to the one that is asked about, none after it."""
    teller = Teller()
    for minute in (0, 10):
        flow_run(teller, minute, StateType.COMPLETED, "call.made")
    flow_run(teller, 20, StateType.COMPLETED, "call.failed")
    flow_run(teller, 30, StateType.FAILED, "call.failed")
    flow_run(teller, 40, StateType.FAILED, "call.made")
    run = flow_run(teller, 50, StateType.FAILED, "call.failed")
    flow_run(teller, 60, StateType.FAILED, "call.failed")
    await world.take(teller.batch())
    (suspect, *_) = (await world.get(f"flow-runs/{run}/why"))["suspects"]
    assert suspect["history"] == {
        "failures": 2,
        "of_failures": 3,
        "successes": 1,
        "of_successes": 3,
    }


async def test_history_of_what_no_run_made_counts_the_failures_that_follow_it(world):
    """However long before it was; and the successes that it shortly preceded."""
    teller = Teller()
    ran_out = partial(event, "credential.expired", "vault://secrets/lake")
    early = teller.tell(ran_out(occurred=at(0)))
    teller.tell(ran_out(occurred=at(99)))
    for minute, type_ in (
        (40, StateType.COMPLETED),
        (60, StateType.FAILED),
        (70, StateType.FAILED),
        (80, StateType.FAILED),
        (100, StateType.COMPLETED),
        (120, StateType.FAILED),
    ):
        run = uuid4()
        begun = change(StateType.RUNNING, born=Birth(name="r", flow="etl"))
        teller.tell(state(run, RunKind.FLOW_RUN, begun, at(minute)), run, run)
        follows = early.id if type_ is StateType.FAILED and minute != 70 else None
        ended = state(run, RunKind.FLOW_RUN, change(type_), at(minute + 1))
        teller.tell(structs.replace(ended, follows=follows), run, run)
    await world.take(teller.batch())
    (suspect, *_) = (await world.get(f"flow-runs/{run}/why"))["suspects"]
    assert (suspect["strength"], suspect["system"]) == ("linked", "vault://secrets/lake")
    assert suspect["history"] == {
        "failures": 3,
        "of_failures": 4,
        "successes": 1,
        "of_successes": 2,
    }


async def test_what_befell_the_worker_before_it_took_the_run_only_preceded(world):
    """It had stopped, was back, and ran this run; what befalls it then is strong."""
    worker = "peninsula.worker.a"
    teller = Teller()
    run = uuid4()
    teller.tell(event("peninsula.worker.stopped", worker, occurred=at(0)))
    begun = change(StateType.RUNNING, born=Birth(name="r", flow="etl"))
    told = structs.replace(
        state(run, RunKind.FLOW_RUN, begun, at(2)), related=(Related(id=worker, role="worker"),)
    )
    teller.tell(told, run, run)
    teller.tell(event("peninsula.worker.lost", worker, occurred=at(3)))
    ended = change(StateType.CRASHED, message="The process was killed by SIGKILL.")
    teller.tell(state(run, RunKind.FLOW_RUN, ended, at(4)), run, run)
    await world.take(teller.batch())
    suspects = (await world.get(f"flow-runs/{run}/why"))["suspects"]
    assert [(one["event"]["event"], one["strength"]) for one in suspects] == [
        ("peninsula.worker.lost", "strong"),
        ("peninsula.worker.stopped", "coincident"),
    ]


async def test_what_happened_before_to_what_the_run_touched_is_likely(world):
    """Within ten minutes and to the same resource: not to others in its system, not later."""
    teller = Teller()
    run = uuid4()
    begun = change(StateType.RUNNING, born=Birth(name="r", flow="etl"))
    teller.tell(state(run, RunKind.FLOW_RUN, begun, at(20)), run, run)
    teller.tell(event("call.made", LAKE, occurred=at(20)), run, run)
    teller.tell(state(run, RunKind.FLOW_RUN, change(StateType.FAILED), at(21)), run, run)
    for name, resource, minute in (
        ("policy.changed", "s3://lake", 15),
        ("file.removed", LAKE, 18),
        ("file.removed", LAKE, 17),
        ("too.early", LAKE, 10),
        ("too.late", LAKE, 22),
        ("elsewhere", "s3://lake/raw/b.csv", 18),
        ("elsewhere", "postgresql://db/warehouse", 18),
    ):
        teller.tell(event(name, resource, occurred=at(minute)))
    await world.take(teller.batch())
    why = await world.get(f"flow-runs/{run}/why")
    assert [(one["event"]["event"], one["strength"], one["before"]) for one in why["suspects"]] == [
        ("file.removed", "likely", 180.0),
        ("policy.changed", "likely", 360.0),
    ]
    assert [one["event"] for one in why["chain"]] == ["peninsula.flow-run.failed"]
    assert why["watched"] == {"postgresql": 1, "s3": 5}
    assert why["touched"] == 2


async def reading(world, objects: int, *, busy: int = 0) -> UUID:
    """Tell of a run that reads many objects and fails after one was removed that it read first.

    `busy`: so often another run lists the bucket meanwhile.
    """
    teller, run, other = Teller(), uuid4(), uuid4()
    teller.tell(event("s3.object.removed", "s3://lake/part-0", occurred=at(20)))
    begun = change(StateType.RUNNING, born=Birth(name="r", flow="etl"))
    teller.tell(state(run, RunKind.FLOW_RUN, begun, at(20)), run, run)
    for part in range(objects):
        teller.tell(event("s3.read.completed", f"s3://lake/part-{part}", occurred=at(21)), run, run)
    for _ in range(busy):
        teller.tell(event("s3.list.completed", "s3://lake", occurred=at(21)), other, other)
    message = "ValueError: checksum of part 0 differs"
    failed = change(StateType.FAILED, message=message)
    teller.tell(state(run, RunKind.FLOW_RUN, failed, at(22)), run, run)
    await world.take(teller.batch())
    return run


async def test_what_befell_one_of_many_things_that_it_touched_is_found(world):
    """Whatever it touched after it, and whatever else was done with their system."""
    run = await reading(world, 300, busy=300)
    why = await world.get(f"flow-runs/{run}/why")
    (removed,) = [one for one in why["suspects"] if one["event"]["event"] == "s3.object.removed"]
    assert (removed["strength"], why["cause"]) == ("likely", removed["event"]["id"])
    assert why["touched"] == 301


async def test_what_was_changed_and_then_read_well_is_no_cause_among_many_calls(world):
    """Though it made more calls since than are weighed."""
    teller, run = Teller(), uuid4()
    teller.tell(event("policy.changed", LAKE, occurred=at(20)))
    begun = change(StateType.RUNNING, born=Birth(name="r", flow="etl"))
    teller.tell(state(run, RunKind.FLOW_RUN, begun, at(20)), run, run)
    for resource in (LAKE, *(f"s3://lake/part-{part}" for part in range(300))):
        made = event(f"{CALL}completed", resource, occurred=at(21), payload={"method": "read"})
        teller.tell(made, run, run)
    teller.tell(state(run, RunKind.FLOW_RUN, change(StateType.FAILED), at(22)), run, run)
    await world.take(teller.batch())
    assert (await world.get(f"flow-runs/{run}/why"))["cause"] is None


async def test_from_when_on_events_were_looked_at_is_told(world, monkeypatch):
    """All of the time, or since the oldest of those that were; what was not reached is unknown."""
    run = await reading(world, 20)
    why = await world.get(f"flow-runs/{run}/why")
    assert (why["partial"], why["reached"]) == (False, why["since"])
    monkeypatch.setattr(nearby, "PASSED", 21)
    why = await world.get(f"flow-runs/{run}/why")
    assert (why["partial"], why["cause"]) == (True, None)
    assert why["since"] < why["reached"] <= why["until"]


async def test_a_busy_log_is_not_fetched_row_by_row(world, monkeypatch):
    """However often others do the same, few rows are read, and what matters is found among it."""
    read: list[int] = []
    run_statement = bulk.run

    def counting(tx, statement, *values):
        found = run_statement(tx, statement, *values)
        if not found.returns_rows:
            return found
        rows = found.freeze()
        read.append(len(rows().all()))
        return rows()

    async def asked() -> tuple[int, UUID | None]:
        read.clear()
        why = await world.get(f"flow-runs/{run}/why")
        return sum(read), why["cause"]

    run = await reading(world, 20)
    monkeypatch.setattr(bulk, "run", counting)
    quiet, cause = await asked()
    assert cause is not None
    teller, other = Teller(), uuid4()
    for each in range(1_000):
        related = [("s3://lake/part-0", "uses"), ("custom.thing", "uses")]
        copied = event("s3.copy.completed", f"s3://b/{each % 9}", occurred=at(21), related=related)
        teller.tell(copied, other, other)
    await world.take(teller.batch())
    busy, cause_of_busy = await asked()
    assert cause_of_busy == cause
    assert busy < quiet + nearby.NEAR + 100


async def test_that_more_was_touched_than_is_known_is_told(world, monkeypatch):
    """A look at what was touched last is partial."""
    run = await reading(world, 20)
    monkeypatch.setattr(touched, "TOUCHED", 5)
    why = await world.get(f"flow-runs/{run}/why")
    assert (why["partial"], why["touched"]) == (True, 5)


async def test_no_explanation_is_also_an_answer(world):
    """A failure that nothing preceded has no suspect; a run that did not fail has nothing."""
    teller, failed, well = Teller(), uuid4(), uuid4()
    for run, type_ in ((failed, StateType.CRASHED), (well, StateType.COMPLETED)):
        begun = change(StateType.RUNNING, born=Birth(name="r", flow="etl"))
        teller.tell(state(run, RunKind.FLOW_RUN, begun), run, run)
        teller.tell(state(run, RunKind.FLOW_RUN, change(type_, message="gone")), run, run)
    await world.take(teller.batch())
    why = await world.get(f"flow-runs/{failed}/why")
    assert (why["failed"], why["suspects"], why["watched"]) == (True, [], {})
    assert (why["message"], why["error"], len(why["chain"])) == ("gone", None, 1)
    why = await world.get(f"flow-runs/{well}/why")
    assert (why["failed"], why["message"], why["chain"]) == (False, None, [])
    answer = await world.http.get(f"/api/flow-runs/{uuid4()}/why")
    assert answer.status_code == 404


async def test_events_that_follow_each_other_in_a_ring_end(world):
    """Whoever emits them; the chain has each once."""
    teller, run = Teller(), uuid4()
    begun = change(StateType.RUNNING, born=Birth(name="r", flow="etl"))
    teller.tell(state(run, RunKind.FLOW_RUN, begun), run, run)
    first, second = event("a.a", LAKE), event("b.b", LAKE)
    teller.tell(structs.replace(first, follows=second.id), run, run)
    teller.tell(structs.replace(second, follows=first.id), run, run)
    ended = state(run, RunKind.FLOW_RUN, change(StateType.FAILED))
    teller.tell(structs.replace(ended, follows=first.id), run, run)
    await world.take(teller.batch())
    chain = (await world.get(f"flow-runs/{run}/why"))["chain"]
    assert [one["event"] for one in chain] == ["peninsula.flow-run.failed", "a.a", "b.b"]


def failing_flow(teller: Teller, message: str, task_message: str, *, follows: bool) -> UUID:
    """Tell of a run with a task that failed on the lake, and another that failed after it."""
    run = uuid4()
    begun = change(StateType.RUNNING, born=Birth(name="brave-cove", flow="etl"))
    teller.tell(state(run, RunKind.FLOW_RUN, begun, at(0)), run, run)
    led = None
    for place, said in enumerate(("ClientError: tolerated", task_message)):
        task, name = uuid4(), f"{('optional', 'load')[place]}-0"
        born = Birth(name=name, task=name[:-2], parent=run, root=run)
        begun = change(StateType.RUNNING, born=born)
        teller.tell(state(task, RunKind.TASK_RUN, begun, at(place)), task, run)
        called = event("call.failed", LAKE, occurred=at(place + 0.2)) if place == 0 else None
        if called is not None:
            teller.tell(called, task, run)
        ended = state(
            task, RunKind.TASK_RUN, change(StateType.FAILED, message=said), at(place + 0.5)
        )
        led = structs.replace(ended, follows=called.id if called else None)
        teller.tell(led, task, run)
    ended = state(run, RunKind.FLOW_RUN, change(StateType.FAILED, message=message), at(3))
    teller.tell(structs.replace(ended, follows=led.id if follows else None), run, run)
    return run


async def test_a_failure_began_where_its_chain_leads_whatever_failed_before(world):
    """A task that was tolerated is told of below, and neither it nor its call is the reason."""
    teller = Teller()
    run = failing_flow(teller, "ValueError: broken", "ValueError: broken", follows=True)
    await world.take(teller.batch())
    why = await world.get(f"flow-runs/{run}/why")
    assert (why["origin"]["name"], why["origin"]["error"]) == ("load-0", "ValueError")
    assert [one["name"] for one in why["below"]] == ["optional-0", "load-0"]
    assert sorted(why["names"].values()) == ["brave-cove", "load-0"]
    assert why["cause"] is None
    assert [one["strength"] for one in why["suspects"]] == ["coincident"]


async def test_a_failure_of_its_own_began_in_the_run_itself(world):
    """It caught what failed below, and then raised an exception that follows nothing."""
    teller = Teller()
    run = failing_flow(teller, "KeyError: 'nokey'", "ValueError: caught", follows=False)
    await world.take(teller.batch())
    why = await world.get(f"flow-runs/{run}/why")
    assert (why["origin"], why["error"], why["cause"]) == (None, "KeyError", None)
    assert [one["strength"] for one in why["suspects"]] == ["coincident"]
    assert len(why["below"]) == 2


async def test_a_run_that_only_says_that_others_failed_has_their_reasons(world):
    """It returned their states: it follows nothing, and what led to them is linked."""
    teller = Teller()
    run = failing_flow(teller, "2 of 2 task runs failed", "ValueError: broken", follows=False)
    await world.take(teller.batch())
    (suspect,) = (await world.get(f"flow-runs/{run}/why"))["suspects"]
    assert (suspect["strength"], suspect["event"]["event"]) == ("linked", "call.failed")


async def test_everyday_work_of_another_run_is_no_suspect(world):
    """It went well, as often before successes; a failure since the run's own use is one."""
    teller = Teller()
    for minute in (0, 3):
        flow_run(teller, minute, StateType.COMPLETED, "s3.write.completed")
    run = uuid4()
    begun = change(StateType.RUNNING, born=Birth(name="r", flow="etl"))
    teller.tell(state(run, RunKind.FLOW_RUN, begun, at(6)), run, run)
    teller.tell(event("s3.write.completed", LAKE, occurred=at(6)), run, run)
    teller.tell(state(run, RunKind.FLOW_RUN, change(StateType.CRASHED), at(7)), run, run)
    await world.take(teller.batch())
    assert (await world.get(f"flow-runs/{run}/why"))["suspects"] == []
    other = Teller()
    flow_run(other, 6, StateType.FAILED, "s3.write.failed")
    await world.take(other.batch())
    (suspect,) = (await world.get(f"flow-runs/{run}/why"))["suspects"]
    assert suspect["event"]["event"] == "s3.write.failed"


async def test_a_crash_is_counted_from_the_end_and_not_from_when_it_was_seen(world):
    """The last sign of life was a minute after the call, and was found out six minutes later."""
    teller = Teller()
    run = uuid4()
    begun = change(StateType.RUNNING, born=Birth(name="brave-cove", flow="etl"))
    teller.tell(state(run, RunKind.FLOW_RUN, begun, at(0)), run, run)
    teller.tell(event("call.failed", LAKE, occurred=at(1)), run, run)
    gone = change(StateType.CRASHED, origin=Origin.OBSERVER, details={ENDED: at(2).isoformat()})
    teller.tell(state(run, RunKind.FLOW_RUN, gone, at(8)), run, run)
    await world.take(teller.batch())
    why = await world.get(f"flow-runs/{run}/why")
    assert [one["before"] for one in why["suspects"]] == [60.0]


@pytest.mark.parametrize("late", [True, False])
async def test_a_crash_follows_what_was_seen_whenever_its_process_tells_of_a_signal(world, late):
    """It says less, and may come after who saw from outside what the signal was for."""
    teller, outside = Teller(), Teller(clock=500)
    run = uuid4()
    begun = change(StateType.RUNNING, born=Birth(name="brave-cove", flow="etl"))
    teller.tell(state(run, RunKind.FLOW_RUN, begun, at(0)), run, run)
    await world.take(teller.batch())
    pod = "kubernetes://lab/etl/pod/brave-cove-1"
    reason = event("peninsula.kubernetes.pod.deadline-exceeded", pod, occurred=at(1))
    outside.tell(reason, run, run)
    seen = change(StateType.CRASHED, origin=Origin.OBSERVER)
    seen = structs.replace(state(run, RunKind.FLOW_RUN, seen, at(1.1)), follows=reason.id)
    outside.tell(seen, run, run)
    struck = change(StateType.CRASHED, message="The process was terminated by SIGTERM.")
    teller.tell(state(run, RunKind.FLOW_RUN, struck, at(1.2)), run, run)
    for one in (outside, teller) if late else (teller, outside):
        await world.take(one.batch())
    why = await world.get(f"flow-runs/{run}/why")
    assert [one["id"] for one in why["chain"]] == [str(seen.id), str(reason.id)]
    assert why["suspects"][0]["strength"] == "linked"
