"""Events of the user's own."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

import pytest
from pydantic import SecretStr

from peninsula import emit_event, flow, get_run_logger, task
from peninsula.core.errors import InvalidError, TooLargeError
from peninsula.core.events import Related, Resource
from tests.support.moments import MOMENT


def test_an_event_in_a_run_is_tied_to_it(told):
    """The record names the innermost run and the root."""

    @task
    def load():
        return emit_event(
            "orders.delivered",
            {"id": "s3://lake/orders.csv", "name": "orders", "team": "sales"},
            related=[{"id": "s3://lake", "role": "bucket"}],
            payload={"rows": 3},
        )

    @flow
    def etl():
        return load()

    event = etl()
    (record,) = [record for record in told.events() if record.event.event == "orders.delivered"]
    assert record.event == event
    assert record.run == told.one("load").id
    assert record.root == told.one("etl").id
    assert event.resource == Resource(
        id="s3://lake/orders.csv", name="orders", labels={"team": "sales"}
    )
    assert event.related == (Related(id="s3://lake", role="bucket"),)
    assert json.loads(bytes(event.payload)) == {"rows": 3}


def test_an_event_outside_of_runs_is_told_too(told):
    """It belongs to no run."""
    first = emit_event("orders.missed", "s3://lake/orders.csv", occurred=MOMENT, id=uuid4())
    second = emit_event("orders.asked", "s3://lake/orders.csv", follows=first)
    assert [record.event for record in told.events()] == [first, second]
    assert first.occurred == MOMENT
    assert second.follows == first.id
    assert told.events()[0].run is None


@pytest.mark.parametrize("prefix", ["", "peninsula.resource.", "prefect.resource."])
def test_resources_may_be_written_as_in_prefect(prefix):
    """A flow written for it runs by changing the import line."""
    event = emit_event(
        "orders.delivered",
        resource={f"{prefix}id": "lake", f"{prefix}name": "Lake", "team": "sales"},
        related=[{f"{prefix}id": "shop", f"{prefix}role": "source"}],
    )
    assert event.resource == Resource(id="lake", name="Lake", labels={"team": "sales"})
    assert event.related == (Related(id="shop", role="source"),)


def test_times_are_told_in_utc():
    """Whatever zone they were given in."""
    berlin = timezone(timedelta(hours=1))
    event = emit_event("a.b", "c", occurred=datetime(2026, 1, 31, 3, 13, tzinfo=berlin))
    assert event.occurred == MOMENT
    assert event.occurred.tzinfo is UTC


def test_a_payload_has_nothing_that_is_secret_by_its_name():
    """Nor the password of an address."""
    payload = {"login": {"password": "canary", "rows": 3}, "dsn": ("mysql://a:canary@db",)}
    event = emit_event("orders.loaded", "warehouse", payload=payload)
    assert json.loads(bytes(event.payload)) == {
        "login": {"password": "********", "rows": 3},
        "dsn": ["mysql://********@db"],
    }


def test_payloads_become_json():
    """NaN is null, half a surrogate pair is replaced, other objects are their text."""
    event = emit_event(
        "a.b",
        "c",
        payload={
            "nan": float("nan"),
            "half": "half \ud800",
            "deep": [{"\ud800": 1}],
            "object": SecretStr("s3cret"),
            "when": MOMENT,
        },
    )
    assert json.loads(bytes(event.payload)) == {
        "nan": None,
        "half": "half ?",
        "deep": [{"?": 1}],
        "object": "**********",
        "when": "2026-01-31T02:13:00Z",
    }


class Mute:
    """An object that cannot be told."""

    def __str__(self) -> str:
        raise RuntimeError


def recursive():
    """Return a payload that contains itself."""
    payload = {}
    payload["self"] = payload
    return payload


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"event": "peninsula.flow-run.completed"}, "Peninsula's own"),
        ({"event": ""}, "event name is empty"),
        ({"event": "a\nb"}, "control character"),
        ({"event": 3}, "Give a text"),
        ({"resource": {}}, "has no id"),
        ({"resource": ""}, "resource id is empty"),
        ({"resource": 3}, "Give its id"),
        ({"resource": {"id": "c", "size": 3}}, "Keys and values are texts"),
        ({"related": [{"id": "d"}]}, "has no role"),
        ({"occurred": datetime(2026, 1, 1)}, "time zone"),  # noqa: DTZ001  what is refused
        ({"payload": [1]}, "Give a dict"),
        ({"payload": {"deep": [Mute()]}}, "no JSON"),
        ({"payload": recursive()}, "nested too deep"),
    ],
)
def test_what_cannot_be_an_event_is_refused_with_the_reason(told, arguments, reason):
    """And nothing is told."""
    with pytest.raises(InvalidError, match=reason):
        emit_event(**{"event": "a.b", "resource": "c", **arguments})
    assert told.events() == []


def test_what_is_over_a_limit_is_refused(told):
    """64 KiB in all, 100 related resources."""
    with pytest.raises(TooLargeError, match="limit is 65536"):
        emit_event("a.b", "c", payload={"text": "x" * 70_000})
    with pytest.raises(TooLargeError, match="limit is 100"):
        emit_event("a.b", "c", related=[{"id": "d", "role": "e"}] * 101)
    assert told.events() == []


@pytest.mark.parametrize(
    ("given", "told_as"),
    [
        ("postgresql://etl:hunter2@db.internal/shop", "postgresql://db.internal/shop"),
        ("postgresql://db/shop?user=etl&password=hunter2", "postgresql://db/shop"),
        ("https://h/orders/17?token=hunter2#hunter2", "https://h/orders/{}"),
        ("s3://lake/x?X-Amz-Signature=hunter2", "s3://lake/x"),
        ("https://hunter2@github.com/shop", "https://github.com/shop"),
        ("sqlserver://h;user=etl;password=hunter2", "sqlserver://h"),
        ("app.shop", "app.shop"),
    ],
)
def test_addresses_are_told_without_what_is_secret(told, given, told_as):
    """What an event is about, and what took part; the flow goes on."""
    event = emit_event("orders.read", given, related=[{"id": given, "role": "source"}])
    assert (event.resource.id, event.related[0].id) == (told_as, told_as)
    assert "hunter2" not in str(told.events())


def test_a_password_in_an_address_is_in_no_message_and_no_log(told):
    """As database drivers write the address into their errors."""

    @flow
    def etl():
        get_run_logger().warning("trying %s", "postgresql://etl:hunter2@db/shop")
        raise RuntimeError("cannot connect to postgresql://etl:hunter2@db/shop")

    etl(return_state=True)
    run = told.one("etl")
    assert run.message == "RuntimeError: cannot connect to postgresql://********@db/shop"
    assert "hunter2" not in str(run.log)
