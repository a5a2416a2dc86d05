"""Deployments and their schedules: made, changed, paused, deleted, and asked to run."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

pytestmark = pytest.mark.anyio

SCHEMA = {
    "type": "object",
    "properties": {"day": {"type": "string"}, "limit": {"type": "integer", "default": 3}},
    "required": ["day"],
}
NIGHTLY = {"rule": {"kind": "cron", "cron": "0 2 * * *"}, "timezone": "Europe/Berlin"}


async def save(world, **more):
    """The answer to a request to make one."""
    body = {"flow": "etl", "name": "nightly", **more}
    return await world.http.post("/api/deployments", json=body)


async def saved(world, **more):
    """A deployment."""
    answer = await save(world, **more)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def post(world, path, body=None, status=201):
    """What a call answers that must succeed."""
    answer = await world.http.post(f"/api/{path}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def runs_of(world, deployment, **more):
    """Its runs, the oldest first."""
    page = await world.get("flow-runs", deployment=deployment["id"], sort="expected", **more)
    return page["items"]


# --- deployments ---------------------------------------------------------------------------------


async def test_a_deployment_is_made_found_and_deleted(world):
    """By flow and name, which together are its name."""
    made = await saved(world, tags=["b", "a"], entrypoint="etl.py:etl", description="Loads.")
    assert made["tags"] == ["a", "b"]
    assert made == await world.get(f"deployments/{made['id']}")
    for asked in ({"named": "etl/nightly"}, {"flow": "etl"}, {"text": "TL/N"}, {"tag": "a"}):
        assert (await world.get("deployments", **asked))["items"] == [made]
    assert (await world.get("deployments", named="etl/daily"))["items"] == []
    answer = await world.http.delete(f"/api/deployments/{made['id']}")
    assert answer.status_code == 204
    answer = await world.http.get(f"/api/deployments/{made['id']}")
    assert answer.status_code == 404
    assert "peninsula deployment ls" in answer.json()["message"]


async def test_one_that_is_there_is_changed_and_stays_itself(world):
    """Nothing is told of one that is as it was."""
    first = await saved(world, entrypoint="etl.py:etl")
    again = await saved(world, entrypoint="etl.py:etl")
    assert again == first
    changed = await saved(world, entrypoint="etl.py:other", version="2")
    assert (changed["id"], changed["entrypoint"]) == (first["id"], "etl.py:other")
    events = (await world.get("events", name="peninsula.deployment.*"))["items"]
    assert [event["event"].rpartition(".")[2] for event in events] == ["updated", "created"]
    assert sorted(events[0]["payload"]["changed"]) == ["entrypoint", "version"]


async def test_a_deployment_is_changed_by_its_schedules(world):
    """So it says when that was."""
    first = await saved(world, schedules=[NIGHTLY])
    assert (await saved(world, schedules=[NIGHTLY]))["updated"] == first["updated"]
    hourly = {"rule": {"kind": "cron", "cron": "@hourly"}}
    assert (await saved(world, schedules=[hourly]))["updated"] > first["updated"]


async def test_pages_of_deployments_are_turned_both_ways(world):
    """In the order of flow and name."""
    for flow, name in (("b", "x"), ("a", "y"), ("a", "x"), ("B", "x")):
        await saved(world, flow=flow, name=name)
    page = await world.get("deployments", limit=2)
    assert [(each["flow"], each["name"]) for each in page["items"]] == [("B", "x"), ("a", "x")]
    page = await world.get("deployments", limit=2, cursor=page["next"])
    assert [(each["flow"], each["name"]) for each in page["items"]] == [("a", "y"), ("b", "x")]
    page = await world.get("deployments", limit=2, cursor=page["previous"])
    assert [(each["flow"], each["name"]) for each in page["items"]] == [("B", "x"), ("a", "x")]


async def test_an_unknown_pool_is_refused_at_once(world):
    """The message says how to make it."""
    answer = await save(world, work_pool="lake")
    assert answer.status_code == 404
    assert "peninsula work-pool create lake" in answer.json()["message"]
    assert (await save(world, work_queue="fast")).status_code == 422


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"parameters": {"limit": "x"}}, "'limit'"),
        ({"parameters": {"dey": "x"}}, "'dey' is none of its parameters (day, limit)"),
        ({"schedules": [NIGHTLY]}, "'day' is missing"),
        ({"parameter_schema": {"type": 5}}, "no JSON schema"),
        ({"name": "a/b"}, "like 'a-b'"),
        ({"schedules": [NIGHTLY | {"slug": "x"}] * 2}, "have the slug 'x'"),
        ({"parameter_schema": {"$ref": "http://127.0.0.1:9/x"}}, "refers to http://127.0.0.1:9/x"),
        ({"schedules": [{"rule": {"kind": "cron", "cron": "99 * * * *"}}]}, "'99 * * * *'"),
        ({"schedules": [{**NIGHTLY, "timezone": "Berlin"}]}, "'Berlin' is no time zone"),
        ({"schedules": [{"rule": {"kind": "interval", "seconds": 0}}]}, "interval"),
        ({"pull_steps": {}}, "'pull_steps' takes a list"),
        (
            {"pull_steps": [{"step": "git_clone", "repository": "https://etl:a/b@h/x.git"}]},
            "name it as credentials",
        ),
    ],
)
async def test_what_could_not_run_is_refused_when_it_is_deployed(world, wrong, said):
    """Not at two in the morning."""
    answer = await save(world, **{"parameter_schema": SCHEMA, **wrong})
    assert answer.status_code == 422, answer.text
    assert said in answer.json()["message"]


# --- runs ----------------------------------------------------------------------------------------


async def test_a_run_is_made_with_the_parameters_of_both(world):
    """Those that are asked for go before those of the deployment."""
    of = await saved(
        world,
        parameter_schema=SCHEMA,
        parameters={"day": "monday", "limit": 1},
        tags=["lake"],
        entrypoint="etl.py:etl",
    )
    run = await post(
        world,
        f"deployments/{of['id']}/runs",
        {"parameters": {"limit": 2, "day": "friday"}, "tags": ["adhoc"], "name": "by-hand"},
    )
    assert (run["state"]["name"], run["name"], run["flow"]) == ("Scheduled", "by-hand", "etl")
    assert run["parameters"] == {"day": "friday", "limit": 2}
    assert (run["tags"], run["deployment"]) == (["adhoc", "lake"], of["id"])
    events = (await world.get("events", related=f"peninsula.deployment.{of['id']}"))["items"]
    assert [event["event"] for event in events] == ["peninsula.flow-run.scheduled"]


async def test_parameters_that_do_not_fit_make_no_run(world):
    """Unless the deployment says that they are not checked."""
    of = await saved(world, parameter_schema=SCHEMA)
    answer = await world.http.post(f"/api/deployments/{of['id']}/runs", json={})
    assert answer.status_code == 422
    assert "'day' is missing" in answer.json()["message"]
    await saved(world, parameter_schema=SCHEMA, enforce_parameter_schema=False)
    await post(world, f"deployments/{of['id']}/runs", {})


@pytest.mark.parametrize(
    "wrong", [{"name": "a\x00b"}, {"tags": ["a\nb"]}, {"key": "\x00"}, {"work_queue": "fast"}]
)
async def test_what_a_run_cannot_be_called_is_refused(world, wrong):
    """And a queue that is in no pool of the deployment."""
    of = await saved(world)
    answer = await world.http.post(f"/api/deployments/{of['id']}/runs", json=wrong)
    assert answer.status_code == 422, answer.text


async def test_a_key_that_was_asked_with_before_gives_the_same_run(world):
    """As a request that is sent again."""
    of = await saved(world)
    first = await post(world, f"deployments/{of['id']}/runs", {"key": "order-7"})
    again = await post(world, f"deployments/{of['id']}/runs", {"key": "order-7"})
    other = await post(world, f"deployments/{of['id']}/runs", {"key": "order-8"})
    assert first["id"] == again["id"] != other["id"]


async def test_secrets_of_a_run_are_masked_where_everybody_reads(world):
    """By name, and where the schema says so; who starts the run gets them."""
    schema = {"properties": {"pin": {"type": "string", "format": "password"}, "api_key": {}}}
    of = await saved(world, parameter_schema=schema)
    given = {"pin": "1234-5678", "api_key": "abcd-efgh"}
    run = await post(world, f"deployments/{of['id']}/runs", {"parameters": given})
    assert run["parameters"] == {"pin": "********", "api_key": "********"}
    told = await world.rows("SELECT payload FROM events")
    assert not [row for row in told if "1234-5678" in row[0] or "abcd-efgh" in row[0]]
    assert "1234-5678" in (await world.rows("SELECT parameters FROM submissions"))[0][0]
    wrong = {"parameters": {"pin": 12345678}}
    answer = await world.http.post(f"/api/deployments/{of['id']}/runs", json=wrong)
    assert answer.status_code == 422
    assert "12345678" not in answer.text


async def test_tokens_in_pull_steps_are_masked_where_everybody_reads(world):
    """A run has them all the same; who saves what was read changes nothing."""
    steps = [
        {"step": "pip_install", "packages": ["git+https://canary-1@git.test/x", "polars"]},
        {"step": "environment", "variables": {"PIP_INDEX_URL": "https://u:canary-2@pip.test/s"}},
    ]
    made = await saved(world, pull_steps=steps)
    read = await world.get(f"deployments/{made['id']}")
    assert read["pull_steps"] == made["pull_steps"]
    assert read["pull_steps"][0]["packages"] == ["git+https://********@git.test/x", "polars"]
    assert "canary" not in json.dumps([read, (await world.get("deployments"))["items"]])
    again = await saved(world, pull_steps=read["pull_steps"])
    assert again["updated"] == made["updated"]
    await post(world, f"deployments/{made['id']}/runs", {})
    kept = (await world.rows("SELECT pull_steps FROM submissions"))[0][0]
    assert "canary-1" in kept
    assert "canary-2" in kept


async def test_a_run_tells_the_name_of_its_deployment_while_there_is_one(world):
    """Of one that was deleted nothing is left to call it by."""
    made = await saved(world)
    run = await post(world, f"deployments/{made['id']}/runs", {"parameters": {"day": "x"}})
    path = f"flow-runs/{run['id']}/summary"
    assert (await world.get(path))["deployment_name"] == "nightly"
    await world.http.delete(f"/api/deployments/{made['id']}")
    assert (await world.get(path))["deployment_name"] is None


async def test_a_deleted_run_leaves_nothing_of_what_it_was_asked(world):
    """Also not its parameters."""
    of = await saved(world)
    run = await post(world, f"deployments/{of['id']}/runs", {})
    await post(world, f"flow-runs/{run['id']}/cancel", {}, status=200)
    assert (await world.http.delete(f"/api/flow-runs/{run['id']}")).status_code == 204
    assert await world.rows("SELECT count(*) FROM submissions") == [(0,)]


async def test_deleting_a_deployment_cancels_what_waits(world):
    """What its schedules made ahead is gone."""
    of = await saved(world, schedules=[NIGHTLY])
    asked = await post(world, f"deployments/{of['id']}/runs", {})
    await world.http.delete(f"/api/deployments/{of['id']}")
    (left,) = await runs_of(world, of)
    assert (left["id"], left["state"]["name"]) == (asked["id"], "Cancelled")
    assert left["state"]["message"] == "Its deployment was deleted."


# --- schedules -----------------------------------------------------------------------------------


async def test_the_next_run_of_a_schedule_is_there_at_once(world):
    """At two in the time of the place, with the parameters of the schedule."""
    of = await saved(world, schedules=[{**NIGHTLY, "parameters": {"full": True}}])
    (run,) = await runs_of(world, of)
    (schedule,) = of["schedules"]
    assert run["expected"] == schedule["next"]
    assert run["parameters"] == {"full": True}
    assert (await world.get(f"deployments/{of['id']}/next", limit=3))[0]["at"] == schedule["next"]


async def test_a_schedule_stays_itself_when_it_is_deployed_again(world):
    """And what a change makes of the deployment, its next run has."""
    of = await saved(world, schedules=[NIGHTLY], parameters={"a": 1})
    again = await saved(world, schedules=[NIGHTLY], parameters={"a": 2})
    assert [each["id"] for each in again["schedules"]] == [each["id"] for each in of["schedules"]]
    (run,) = await runs_of(world, of)
    assert run["parameters"] == {"a": 2}
    kept = await saved(world, parameters={"a": 2})
    assert kept["schedules"] == again["schedules"]
    assert (await saved(world, schedules=[]))["schedules"] == []
    assert await runs_of(world, of) == []


async def test_a_paused_deployment_has_no_runs_ahead(world):
    """Resumed, it has one again; it can be run by hand all the time."""
    of = await saved(world, schedules=[NIGHTLY])
    paused = await post(world, f"deployments/{of['id']}/pause", status=200)
    assert (paused["paused"], paused["schedules"][0]["next"]) == (True, None)
    assert await runs_of(world, of) == []
    await post(world, f"deployments/{of['id']}/runs", {})
    assert (await saved(world, version="2"))["paused"] is True
    resumed = await post(world, f"deployments/{of['id']}/resume", status=200)
    assert resumed["schedules"][0]["next"] is not None
    assert len(await runs_of(world, of)) == 2


async def test_schedules_are_added_changed_and_removed(world):
    """Each with the run that it makes ahead."""
    of = await saved(world)
    made = await post(world, f"deployments/{of['id']}/schedules", {**NIGHTLY, "slug": "night"})
    answer = await world.http.post(
        f"/api/deployments/{of['id']}/schedules", json={**NIGHTLY, "slug": "night"}
    )
    assert answer.status_code == 409
    hourly = {"rule": {"kind": "interval", "seconds": 3600}}
    changed = await post(world, f"schedules/{made['id']}", hourly, status=200)
    (run,) = await runs_of(world, of)
    assert run["expected"] == changed["next"] != made["next"]
    off = await post(world, f"schedules/{made['id']}", {"active": False}, status=200)
    assert off["next"] is None
    assert await runs_of(world, of) == []
    assert (await world.http.delete(f"/api/schedules/{made['id']}")).status_code == 204
    assert (await world.get(f"deployments/{of['id']}"))["schedules"] == []
    told = (await world.get("events", name="peninsula.schedule.*"))["items"]
    assert [event["event"].rpartition(".")[2] for event in told] == [
        "deleted", "updated", "updated", "created",
    ]  # fmt: skip


async def test_a_rule_is_tried_before_anybody_has_it(world):
    """As an editor of schedules does."""
    rule = {"kind": "rrule", "rrule": "FREQ=DAILY;BYHOUR=6;BYMINUTE=0;BYSECOND=0"}
    body = {"rule": rule, "timezone": "Asia/Tokyo", "limit": 3}
    found = await post(world, "schedules/preview", body, status=200)
    assert len(found) == 3
    assert {datetime.fromisoformat(at).time().hour for at in found} == {21}


# --- backfill ------------------------------------------------------------------------------------


async def test_a_backfill_makes_the_runs_of_a_span(world):
    """Each once, as if it were then, and due now."""
    of = await saved(world, schedules=[NIGHTLY], parameters={"day": "x"})
    body = {
        "start": "2026-03-28T00:00:00+01:00",
        "end": "2026-03-31T00:00:00+02:00",
        "parameter": "day",
        "tags": ["backfill"],
    }
    made = await post(world, f"deployments/{of['id']}/backfill", body)
    assert made["known"] == 0
    # The clock is put forward at two on the 29th: it runs at three.
    days = ["2026-03-28T02:00:00+01:00", "2026-03-29T03:00:00+02:00", "2026-03-30T02:00:00+02:00"]
    found = [await world.get(f"flow-runs/{run}") for run in made["runs"]]
    assert [run["parameters"]["day"] for run in found] == days
    assert [run["expected"] for run in found] == made["moments"]
    assert await post(world, f"deployments/{of['id']}/backfill", body) == made | {"known": 3}
    due = await world.rows("SELECT min(due) FROM submissions WHERE key IS NOT NULL")
    age = datetime.now(UTC) - datetime.fromtimestamp(due[0][0] / 1e6, UTC)
    assert age < timedelta(minutes=2)


async def test_a_backfill_asked_for_again_with_other_parameters_is_refused(world):
    """It says which; what it does not name is as it was asked for first, and nothing is made."""
    of = await saved(world, schedules=[NIGHTLY], parameters={"day": "x", "limit": 3})
    body = {"start": "2026-01-01T00:00:00Z", "end": "2026-01-03T00:00:00Z", "key": "again"}
    limited = {**body, "parameters": {"limit": 4}}
    made = await post(world, f"deployments/{of['id']}/backfill", limited)
    longer = {**limited, "end": "2026-01-04T00:00:00Z"}
    for name, given in {"limit": {"limit": 5, "day": "x"}, "day": {"limit": 4, "day": "y"}}.items():
        answer = await world.http.post(
            f"/api/deployments/{of['id']}/backfill", json={**longer, "parameters": given}
        )
        assert answer.status_code == 409
        assert f"2 runs were made with another value of {name}." in answer.json()["message"]
    assert len(await runs_of(world, of)) == 3  # with the next one of the schedule
    changed = await saved(world, schedules=[NIGHTLY], parameters={"day": "z", "limit": 3})
    assert changed["id"] == of["id"]
    assert await post(world, f"deployments/{of['id']}/backfill", limited) == made | {"known": 2}
    assert (await post(world, f"deployments/{of['id']}/backfill", body))["known"] == 2
    other = {**limited, "parameters": {"limit": 5}, "key": "another"}
    assert (await post(world, f"deployments/{of['id']}/backfill", other))["known"] == 0


async def test_a_backfill_gives_days_to_who_takes_days(world):
    """A moment would be refused by the flow."""
    day = {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}
    schema = {"type": "object", "properties": {"day": day}}
    of = await saved(world, schedules=[NIGHTLY], parameters={}, parameter_schema=schema)
    span = {"start": "2026-01-01T00:00:00Z", "end": "2026-01-02T12:00:00Z", "parameter": "day"}
    made = await post(world, f"deployments/{of['id']}/backfill", span)
    found = [await world.get(f"flow-runs/{run}") for run in made["runs"]]
    assert [run["parameters"]["day"] for run in found] == ["2026-01-01", "2026-01-02"]


@pytest.mark.parametrize(
    ("format_", "fits", "does_not"),
    [
        ("date", "2026-01-31", "nonsense"),
        ("date-time", "2026-01-31 10:00", "soon"),
        ("uuid", "0192f3c4-0000-7000-8000-000000000000", "0192"),
        ("duration", "3 days, 1:00:00", None),
    ],
)
async def test_what_a_text_is_to_be_is_checked_when_a_run_is_asked_for(
    world, format_, fits, does_not
):
    """As loosely as the flow's own check does it."""
    schema = {"type": "object", "properties": {"x": {"type": "string", "format": format_}}}
    of = await saved(world, parameters={}, parameter_schema=schema)
    await post(world, f"deployments/{of['id']}/runs", {"parameters": {"x": fits}})
    if does_not is not None:
        body = {"parameters": {"x": does_not}}
        answer = await world.http.post(f"/api/deployments/{of['id']}/runs", json=body)
        assert answer.status_code == 422
        assert "'x' is not written as" in answer.json()["message"]


async def test_a_backfill_says_what_it_cannot_know(world):
    """Whose moments are meant, and that there are none."""
    of = await saved(world)
    span = {"start": "2026-03-01T00:00:00Z", "end": "2026-03-02T00:00:00Z"}
    answer = await world.http.post(f"/api/deployments/{of['id']}/backfill", json=span)
    assert answer.status_code == 422
    assert "has no schedule" in answer.json()["message"]
    rule = {"kind": "interval", "seconds": 10}
    answer = await world.http.post(
        f"/api/deployments/{of['id']}/backfill", json={**span, "rule": rule}
    )
    assert "more than 1000 moments" in answer.json()["message"]
    rule = {"kind": "interval", "seconds": 21_600}
    made = await post(world, f"deployments/{of['id']}/backfill", {**span, "rule": rule})
    assert len(made["runs"]) == 4


async def test_the_last_run_of_each_deployment_and_the_grid_of_one(world):
    """The newest that began, or was ended before it could, and nothing of the flow's others."""
    nightly, hourly = await saved(world), await saved(world, name="hourly")
    idle = await saved(world, name="idle")
    ended = await post(world, f"deployments/{nightly['id']}/runs", {})
    other = await post(world, f"deployments/{hourly['id']}/runs", {})
    for run in (ended, other):
        await post(world, f"flow-runs/{run['id']}/cancel", {}, status=200)
    waiting = await post(world, f"deployments/{nightly['id']}/runs", {})
    ids = [each["id"] for each in (await world.get("deployments"))["items"]]
    last = await world.get("deployments/last-runs", deployment=ids)
    assert {run["deployment"]: run["id"] for run in last} == {
        nightly["id"]: ended["id"],
        hourly["id"]: other["id"],
    }
    grid = await world.get("flow/grid", name="etl", deployment=nightly["id"])
    assert grid["ids"] == [ended["id"], waiting["id"]]
    newest = await world.get("flow/grid", name="etl", deployment=nightly["id"], limit=1)
    assert newest["ids"] == [waiting["id"]]
    none = await world.get("flow/grid", name="etl", deployment=idle["id"])
    assert (none["ids"], none["tasks"]) == ([], [])
