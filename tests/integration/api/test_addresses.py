"""What is posted, and asked for, by an address."""

from __future__ import annotations

from uuid import uuid4

import pytest

pytestmark = pytest.mark.anyio

SIGNED = "s3://lake/x?X-Amz-Signature=hunter2"


def posted(**more):
    """One event, as it is posted."""
    return {
        "id": str(uuid4()),
        "occurred": "2026-01-31T02:13:00Z",
        "event": "orders.read",
        "resource": {"id": SIGNED},
        "payload": {"a": 1},
        **more,
    }


async def test_an_address_is_stored_and_found_without_what_is_secret(world):
    """Whoever asks by the signed address finds what is told of the plain one."""
    told = posted(related=[{"id": "postgresql://etl:hunter2@db/shop", "role": "source"}])
    assert (await world.http.post("/api/events", json=told)).status_code == 201
    for asked in (SIGNED, "s3://lake/x"):
        (event,) = (await world.get("events", resource=asked))["items"]
        assert event["resource"]["id"] == "s3://lake/x"
        assert event["related"][0]["id"] == "postgresql://db/shop"
        assert (await world.get("resource", id=asked))["id"] == "s3://lake/x"
    assert "hunter2" not in str(await world.rows("SELECT text FROM resources"))


@pytest.mark.parametrize(
    "other",
    [
        {"resource": {"id": SIGNED, "name": "X"}},
        {"resource": {"id": SIGNED, "labels": {"a": "b"}}},
        {"follows": str(uuid4())},
        {"payload": {"a": 2}},
        {"event": "orders.written"},
    ],
)
async def test_other_content_under_one_id_is_refused(world, other):
    """Wherever it differs."""
    first = posted()
    await world.http.post("/api/events", json=first)
    answer = await world.http.post("/api/events", json={**first, **other})
    assert answer.status_code == 409
    assert "other content" in answer.json()["message"]


async def test_the_same_content_told_again_is_accepted(world):
    """Written otherwise, or told at another time: it is the same event."""
    first = posted()
    await world.http.post("/api/events", json=first)
    text = str(posted(id=first["id"])).replace("'", '"').replace('{"a": 1}', '{  "a":1}')
    for again in (text, text.replace("02:13", "03:14")):
        answer = await world.http.post("/api/events", content=again)
        assert answer.status_code == 201, answer.text
    assert await world.rows("SELECT count(*) FROM events") == [(1,)]
