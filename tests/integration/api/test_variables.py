"""The calls of variables."""

from __future__ import annotations

import pytest

from peninsula.core import limits

pytestmark = pytest.mark.anyio


async def set_(world, name: str, value: object, **more):
    """The answer to a request to set one."""
    body = {"name": name, "value": value, **more}
    return await world.http.post("/api/variables", json=body)


async def test_a_variable_is_set_read_listed_and_unset(world):
    """Its value is any JSON, `null` too."""
    for name, value in (("a", None), ("b", {"rows": [1, 2.5, "x"]}), ("c", False)):
        answer = await set_(world, name, value, tags=["t"])
        assert answer.status_code == 201
        assert answer.json() == await world.get(f"variables/{name}")
        assert answer.json()["value"] == value
    page = await world.get("variables", tag="t", limit=2)
    assert [one["name"] for one in page["items"]] == ["a", "b"]
    assert (await world.http.delete("/api/variables/a")).status_code == 204
    assert (await world.http.delete("/api/variables/a")).status_code == 404
    assert (await world.http.get("/api/variables/a")).status_code == 404
    events = await world.get("events", name="peninsula.variable.*")
    assert len(events["items"]) == 4
    assert {event["related"][0]["role"] for event in events["items"]} == {"actor"}
    assert "variables" in (await world.get("meta"))["capabilities"]


async def test_one_that_is_there_is_overwritten_only_if_so_asked(world):
    """Else the answer is 409, which says how."""
    await set_(world, "region", "eu", tags=["t"])
    answer = await set_(world, "region", "us")
    assert answer.status_code == 409
    assert "overwrite" in answer.json()["message"]
    answer = await set_(world, "region", "us", overwrite=True)
    assert (answer.json()["value"], answer.json()["tags"]) == ("us", [])


@pytest.mark.parametrize("name", ["", "Region", "a b", "é", "a\n", "x" * 256])
async def test_what_is_no_name_is_refused(world, name):
    """Nothing is stored under it."""
    assert (await set_(world, name, 1)).status_code == 422
    assert await world.rows("SELECT count(*) FROM variables") == [(0,)]


async def test_what_is_too_large_or_cannot_be_read_is_refused(world):
    """Values, tags, and their number."""
    answer = await set_(world, "a", "x" * limits.VARIABLE_BYTES)
    assert answer.status_code == 413
    assert (await set_(world, "a", 1, tags=["x"] * 51)).status_code == 422
    assert (await set_(world, "a", 1, tags=["a\nb"])).status_code == 422
    body = '{"name": "a", "value": ' + "[" * 300 + "]" * 300 + "}"
    answer = await world.http.post("/api/variables", content=body)
    assert answer.status_code == 422
    assert "nested deeper" in answer.json()["message"]


async def test_scopes_say_who_may_read_and_who_may_set(open_world):
    """And the key of one run is as good as another: a flow needs its variables."""
    world = await open_world(trusted=False)
    token = world.services.config.home.token.read_text().strip()
    owner = world.remote(Authorization=f"Bearer {token}")

    async def client(*scopes: str, **more):
        wanted = {"name": "k", "scopes": scopes, **more}
        made = await owner.post("/api/keys", json=wanted)
        return world.remote(Authorization=f"Bearer {made.json()['secret']}")

    reader = await client("read")
    run = "0192f3c4-7a1b-7c3d-9e8f-0123456789ab"
    worker = await client("read", "work", run=run)
    body = {"name": "region", "value": "eu"}
    assert (await reader.post("/api/variables", json=body)).status_code == 403
    assert (await worker.post("/api/variables", json=body)).status_code == 201
    assert (await reader.get("/api/variables/region")).json()["value"] == "eu"
    assert (await worker.get("/api/variables/region")).json()["value"] == "eu"
    assert (await reader.delete("/api/variables/region")).status_code == 403
