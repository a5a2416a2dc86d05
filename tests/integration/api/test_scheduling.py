"""The scheduler: runs are there when they are due, each once, whatever servers and clocks do."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Event

import pytest

from peninsula.server.storage import log
from tests.integration.api.test_deployments import post, runs_of, saved

pytestmark = pytest.mark.anyio

HOURLY = {"rule": {"kind": "cron", "cron": "0 * * * *"}}
DAILY = {"kind": "cron", "cron": "30 2 * * *"}
HOUR = timedelta(hours=1)


def stored(at: datetime) -> int:
    """A moment as the clocks of servers give it."""
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def next_of(deployment) -> datetime:
    """When its schedule fires next."""
    return datetime.fromisoformat(deployment["schedules"][0]["next"])


async def tick(world, at: datetime) -> None:
    """Have the scheduler think that it is that moment."""
    await world.services.scheduler.tick(stored(at))


async def expected(world, of) -> list[tuple[datetime, str]]:
    """When its runs were to start, and how they are."""
    return [
        (datetime.fromisoformat(run["expected"]), run["state"]["name"])
        for run in await runs_of(world, of, limit=200)
    ]


async def test_there_is_always_one_run_ahead(world):
    """When a moment has come, the next one's run is made."""
    of = await saved(world, schedules=[HOURLY])
    first = next_of(of)
    await tick(world, first - timedelta(seconds=1))
    assert [at for at, _ in await expected(world, of)] == [first]
    await tick(world, first)
    await tick(world, first)
    assert [at for at, _ in await expected(world, of)] == [first, first + HOUR]


async def test_a_run_that_nobody_takes_is_late(world):
    """After a set time, once, and it can still be taken."""
    of = await saved(world)
    run = await post(world, f"deployments/{of['id']}/runs", {})
    due = datetime.fromisoformat(run["expected"])
    await tick(world, due + timedelta(seconds=14))
    assert [state for _, state in await expected(world, of)] == ["Scheduled"]
    await tick(world, due + timedelta(seconds=16))
    await tick(world, due + timedelta(seconds=60))
    (late,) = await runs_of(world, of)
    assert (late["state"]["name"], late["state"]["type"]) == ("Late", "SCHEDULED")
    told = await world.get("events", name="peninsula.flow-run.late")
    assert len(told["items"]) == 1


@pytest.mark.parametrize(
    ("catchup", "states"),
    [
        ("none", ["Cancelled", "Scheduled"]),
        ("latest", ["Cancelled", "Scheduled", "Scheduled"]),
        ("all", ["Scheduled"] * 7),
    ],
)
async def test_moments_that_passed_without_a_server_are_caught_up_by_rule(world, catchup, states):
    """Five hours, of which the first had its run already; an event says so."""
    of = await saved(world, schedules=[{**HOURLY, "catchup": catchup}])
    first = next_of(of)
    back = first + 5 * HOUR + timedelta(minutes=30)
    world.services.scheduler._late_after = 1 << 60  # what waits is not Late here
    await tick(world, back)
    found = await expected(world, of)
    assert [state for _, state in found] == states
    assert found[0][0] == first
    assert found[-1][0] == first + 6 * HOUR
    if catchup == "latest":
        assert found[1][0] == first + 5 * HOUR
    (missed,) = (await world.get("events", name="peninsula.schedule.missed"))["items"]
    assert (missed["payload"]["missed"], missed["payload"]["more"]) == (6, False)


FULL = {"concurrency_limit": 1, "collision_strategy": "CANCEL_NEW"}


@pytest.mark.parametrize("slugs", ["a", "ab"])
async def test_what_is_caught_up_waits_where_new_runs_are_cancelled(world, slugs):
    """Also the run of the first moment, which was made ahead; the next is a new one again."""
    hourly = {**HOURLY, "catchup": "all"}
    of = await saved(world, schedules=[{**hourly, "slug": slug} for slug in slugs], **FULL)
    back = next_of(of) + 2 * HOUR + timedelta(minutes=30)
    world.services.scheduler._late_after = 1 << 60  # what waits is not Late here
    await tick(world, back)
    states = [state for _, state in await expected(world, of)]
    assert states == ["Scheduled"] * 4 * len(slugs)
    await tick(world, back + timedelta(minutes=30))
    states = [state for at, state in await expected(world, of) if at <= back + HOUR / 2]
    assert states == ["Scheduled"] * 3 * len(slugs) + ["Cancelled"] * len(slugs)


async def test_a_backfill_waits_where_new_runs_are_cancelled(world):
    """Asked for again, what was cancelled of it starts again: a moment has one run."""
    of = await saved(world, **FULL)
    span = {"start": "2026-03-27T00:00:00Z", "end": "2026-03-31T00:00:00Z", "rule": DAILY}
    made = await post(world, f"deployments/{of['id']}/backfill", span)
    new = await post(world, f"deployments/{of['id']}/runs", {})
    await world.services.scheduler.tick(world.services.stamps.wall())
    states = {run["id"]: run["state"]["name"] for run in await runs_of(world, of)}
    assert states == dict.fromkeys(made["runs"], "Scheduled") | {new["id"]: "Cancelled"}
    second = made["runs"][1]
    await post(world, f"flow-runs/{second}/cancel", {}, 200)
    again = await post(world, f"deployments/{of['id']}/backfill", span)
    assert again == made | {"known": 3, "again": 1}
    states = [state for _, state in await expected(world, of)]
    assert sorted(states) == ["Cancelled"] + ["Scheduled"] * 4
    await post(world, f"flow-runs/{second}/retry", {}, 409)
    assert await post(world, f"deployments/{of['id']}/backfill", span) == made | {"known": 4}


async def test_a_moment_whose_run_nobody_could_start_gets_another(world):
    """It was in a pool that was deleted since."""
    await post(world, "work-pools", {"name": "lake", "type": "process"})
    of = await saved(world, work_pool="lake")
    span = {"start": "2026-03-27T00:00:00Z", "end": "2026-03-29T00:00:00Z", "rule": DAILY}
    made = await post(world, f"deployments/{of['id']}/backfill", span)
    for run in made["runs"]:
        await post(world, f"flow-runs/{run}/cancel", {}, 200)
    await saved(world)
    assert (await world.http.delete("/api/work-pools/lake")).status_code == 204
    again = await post(world, f"deployments/{of['id']}/backfill", span)
    assert (again["known"], again["again"]) == (0, 0)
    assert set(made["runs"]).isdisjoint(again["runs"])


async def test_a_short_absence_is_none(world):
    """A server that restarts at the wrong moment skips nothing."""
    of = await saved(world, schedules=[HOURLY])
    first = next_of(of)
    await tick(world, first + timedelta(seconds=40))
    assert [state for _, state in await expected(world, of)] == ["Late", "Scheduled"]
    assert (await world.get("events", name="peninsula.schedule.missed"))["items"] == []


async def test_catching_up_ends_at_a_hundred(world):
    """The newest; the event says how many it could count, and that there were more."""
    rule = {"kind": "interval", "seconds": 60}
    of = await saved(world, schedules=[{"rule": rule, "catchup": "all"}])
    first = next_of(of)
    back = first + timedelta(days=20, seconds=30)
    await tick(world, back)
    found = [at for at, _ in await expected(world, of)]
    assert len(found) <= 103  # with the first, which is cancelled, those in grace, and the next
    assert sum(1 for at in found if back - timedelta(minutes=102) < at <= back) == 101
    (missed,) = (await world.get("events", name="peninsula.schedule.missed"))["items"]
    assert (missed["payload"]["kept"], missed["payload"]["more"]) == (100, True)


async def test_a_clock_that_is_put_back_makes_nothing_twice(world):
    """And leaves no gap, when it had been ahead for a day."""
    of = await saved(world, schedules=[HOURLY])
    first = next_of(of)
    now = first - timedelta(minutes=10)
    await tick(world, now)
    await tick(world, now + timedelta(days=1))
    assert [at for at, state in await expected(world, of) if state == "Scheduled"] == [
        first + timedelta(days=1)
    ]
    await tick(world, now)
    ahead = [at for at, state in await expected(world, of) if state == "Scheduled"]
    assert ahead == [first + HOUR]  # the first one was made, and ruled out, when it was tomorrow
    await tick(world, now - timedelta(minutes=30))
    await tick(world, now)
    found = [at for at, _ in await expected(world, of)]
    assert found == [first, first + HOUR]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_two_servers_make_each_run_once(open_world):
    """Both find that it is due; one of them makes it."""
    one, two = await open_world(), await open_world()
    of = await saved(one, schedules=[HOURLY, {"rule": {"kind": "interval", "seconds": 900}}])
    at = max(datetime.fromisoformat(each["next"]) for each in of["schedules"])
    for hour in range(5):
        await asyncio.gather(*(tick(world, at + hour * HOUR) for world in (one, two) * 3))
    found = await one.rows("SELECT schedule, due, count(*) FROM submissions GROUP BY 1, 2")
    assert {count for _, _, count in found} == {1}
    assert len(found) == len(await runs_of(one, of, limit=200))


async def test_jitter_is_the_same_whoever_draws_it(world):
    """Within its bounds, and another for each moment."""
    of = await saved(world, schedules=[{**HOURLY, "jitter": 600}])
    first = next_of(of)
    for hour in range(4):
        await tick(world, first + hour * HOUR)
    found = [at for at, _ in await expected(world, of)]
    late = [at - (first + hour * HOUR) for hour, at in enumerate(found)]
    assert all(timedelta(0) <= one <= timedelta(minutes=10) for one in late)
    assert len(set(late)) == len(late) == 5


async def test_a_run_that_its_jitter_puts_after_an_outage_is_not_missed(world):
    """It is due when it is to start, not at the moment of its rule."""
    for number in count():  # each schedule draws anew
        of = await saved(world, name=f"drawn-{number}", schedules=[{**HOURLY, "jitter": 3000}])
        (run,) = await runs_of(world, of)
        due = datetime.fromisoformat(run["expected"])
        if due > next_of(of) + timedelta(minutes=2):
            break
    await tick(world, due - timedelta(seconds=1))
    assert [state for _, state in await expected(world, of)] == ["Scheduled"] * 2


async def test_a_schedule_that_cannot_be_read_keeps_no_other_from_its_runs(world, caplog):
    """Zones go away with the package that has them; the log says which deployment it is."""
    broken = await saved(world, name="broken", schedules=[{**HOURLY, "timezone": "Europe/Berlin"}])
    of = await saved(world, schedules=[HOURLY])

    def lose(tx) -> None:
        tx.exec_driver_sql(
            "UPDATE schedules SET timezone = 'Europe/Gone' WHERE timezone = 'Europe/Berlin'"
        )

    await world.services.database.write(lose)
    scheduler = world.services.scheduler
    scheduler._last = None  # as a server that starts
    for at in (next_of(of), next_of(of) + timedelta(seconds=1)):
        await tick(world, at)
    assert len(await runs_of(world, of)) == 2
    said = [line for line in caplog.messages if "Europe/Gone" in line]
    assert len(said) == 1
    assert f'deployment "{broken["flow"]}/broken"' in said[0]
    assert await world.get(f"deployments/{broken['id']}/next") == []


async def test_a_rule_that_ends_has_no_next_moment(world):
    """Its schedule stays, and makes no more runs."""
    until = (datetime.now(UTC) + 3 * HOUR).strftime("%Y%m%dT%H%M%SZ")
    rule = {"kind": "rrule", "rrule": f"FREQ=HOURLY;BYMINUTE=0;BYSECOND=0;UNTIL={until}"}
    of = await saved(world, schedules=[{"rule": rule}])
    first = next_of(of)
    for hour in range(5):
        await tick(world, first + hour * HOUR)
    assert len(await runs_of(world, of)) == 3
    assert (await world.get(f"deployments/{of['id']}"))["schedules"][0]["next"] is None


async def test_a_server_that_starts_waits_for_no_schedule_that_missed_nothing(world):
    """It serves, and looks at what is planned ahead then."""
    await saved(world, schedules=[HOURLY])
    scheduler = world.services.scheduler
    await scheduler.stop()
    scheduler._last = None
    held, go_on = Event(), Event()

    def hold(tx) -> None:
        log.take_head(tx)
        held.set()
        go_on.wait(30)

    busy = asyncio.create_task(world.services.database.write(hold))
    try:
        assert await asyncio.to_thread(held.wait, 30)
        async with asyncio.timeout(10):
            await scheduler.start()
    finally:
        go_on.set()
        await busy


# --- what a change takes back --------------------------------------------------------------------

NAMED = {"flow": "etl", "name": "nightly"}
CHANGES = {
    "schedule": ("POST", "schedules/{schedule}", {"jitter": 2}),
    "off": ("POST", "schedules/{schedule}", {"active": False}),
    "gone": ("DELETE", "schedules/{schedule}", None),
    "rule": (
        "POST",
        "deployments",
        {**NAMED, "schedules": [{"rule": {"kind": "cron", "cron": "@daily"}}]},
    ),
    "deployment": ("POST", "deployments", {**NAMED, "version": "2"}),
    "paused": ("POST", "deployments/{id}/pause", None),
}
changes = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)


async def do(world, of, change) -> None:
    """Make one of the changes."""
    method, path, body = change
    where = path.format(id=of["id"], schedule=of["schedules"][0]["id"])
    answer = await world.http.request(method, f"/api/{where}", json=body)
    assert answer.is_success, answer.text


async def passed(world, of) -> str:
    """The run of a moment that has passed, with the next one's there, too."""
    (run,) = await runs_of(world, of)
    seconds = timedelta(seconds=30)
    back = next_of(of) - datetime.now(UTC) + seconds

    def put_back(tx) -> None:
        by = back // timedelta(microseconds=1)
        tx.exec_driver_sql(f"UPDATE submissions SET due = due - {by}")
        tx.exec_driver_sql(f"UPDATE schedules SET next = next - {by}")

    await world.services.database.write(put_back)
    await tick(world, datetime.now(UTC))
    return run["id"]


@changes
async def test_a_change_leaves_the_run_that_is_due(world, change):
    """It is Late, and still runs when somebody comes; what was made ahead goes."""
    of = await saved(world, schedules=[HOURLY])
    late = await passed(world, of)
    ahead = {run["id"] for run in await runs_of(world, of)} - {late}
    assert len(ahead) == 1
    await do(world, of, change)
    left = {run["id"]: run["state"]["name"] for run in await runs_of(world, of)}
    assert left[late] == "Late"
    assert not ahead & set(left)


@changes
async def test_a_change_leaves_a_run_that_is_started_again(world, change):
    """Whenever it was due: it has begun once, with tasks and a log of its own."""
    of = await saved(world, schedules=[HOURLY])
    (run,) = await runs_of(world, of)
    await post(world, f"flow-runs/{run['id']}/cancel", {}, 200)
    again = await post(world, f"flow-runs/{run['id']}/retry", status=200)
    assert again["state"]["name"] == "Scheduled"
    await do(world, of, change)
    assert run["id"] in {each["id"] for each in await runs_of(world, of)}


async def test_a_change_leaves_a_run_that_waits_for_its_jitter(world):
    """Its moment has passed, so no other is made for it."""
    of = await saved(world, schedules=[{**HOURLY, "jitter": 3000}])
    (run,) = await runs_of(world, of)
    await tick(world, next_of(of))
    await saved(world, version="2")
    assert run["id"] in {each["id"] for each in await runs_of(world, of)}


async def test_deleting_a_deployment_cancels_what_was_due_or_is_started_again(world):
    """A run that waits does not run; nothing that was to be is forgotten."""
    of = await saved(world, schedules=[HOURLY])
    late = await passed(world, of)
    (ahead,) = {run["id"] for run in await runs_of(world, of)} - {late}
    await post(world, f"flow-runs/{ahead}/cancel", {}, 200)
    await post(world, f"flow-runs/{ahead}/retry", status=200)
    await world.http.delete(f"/api/deployments/{of['id']}")
    left = {run["id"]: run["state"]["message"] for run in await runs_of(world, of)}
    assert left == dict.fromkeys((late, ahead), "Its deployment was deleted.")
