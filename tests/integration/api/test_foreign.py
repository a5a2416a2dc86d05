"""Events of other systems stand beside those of flows: CloudEvents, and spans of OpenTelemetry."""

from __future__ import annotations

import json

import pytest
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as wire

from peninsula.core import ids
from peninsula.core.runs import Birth, RunKind
from peninsula.core.states import StateType
from tests.support.make import START, Teller, change, micros, state

pytestmark = pytest.mark.anyio

TOLD = {
    "specversion": "1.0",
    "id": "a-17",
    "source": "https://github.com/acme/lake",
    "subject": "pulls/fix",
    "type": "com.github.pull.merged",
    "time": "2026-03-01T12:00:00Z",
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "priority": 3,
    "data": {"number": 5},
}


async def post(world, body, path="cloudevents", status=201, **headers):
    """What is answered to a body."""
    content = body if isinstance(body, bytes) else json.dumps(body)
    answer = await world.http.post(f"/api/{path}", content=content, headers=headers)
    assert answer.status_code == status, answer.text
    return answer


async def newest(world):
    """The newest event."""
    return (await world.get("events", limit=1))["items"][0]


async def count(world):
    """How many events there are."""
    return (await world.rows("SELECT count(*) FROM events"))[0][0]


# --- CloudEvents ----------------------------------------------------------------------------------


async def test_a_structured_cloudevent_is_an_event(world):
    """Type, time, source and subject have their places; extensions are labels."""
    await post(world, TOLD, **{"Content-Type": "application/cloudevents+json"})
    event = await newest(world)
    assert event["event"] == "com.github.pull.merged"
    assert event["occurred"].startswith("2026-03-01T12:00:00")
    assert event["resource"]["id"] == "https://github.com/acme/lake/pulls/fix"
    assert event["resource"]["labels"] == {"traceparent": TOLD["traceparent"], "priority": "3"}
    assert event["payload"]["data"] == {"number": 5}
    assert event["payload"]["id"] == "a-17"


async def test_the_same_cloudevent_again_changes_nothing(world):
    """Its id, source and time say that it is the same; with another of them it is another."""
    for _ in range(2):
        await post(world, TOLD)
        await post(world, {**TOLD, "source": "/elsewhere"})
        await post(world, {**TOLD, "time": None})
    assert await count(world) == 3


async def test_another_cloudevent_under_the_same_id_is_a_conflict(world):
    """Nothing is overwritten."""
    await post(world, TOLD)
    refused = await post(world, {**TOLD, "type": "com.github.pull.closed"}, status=409)
    assert refused.json()["code"] == "conflict"


async def test_what_is_nested_too_deep_is_refused_alone(world):
    """However deep: the events beside it are taken in."""
    deep = [{**TOLD, "id": f"deep-{kind}", "data": nested} for kind, nested in _nested().items()]
    told = (await post(world, [*deep, TOLD])).json()
    assert told["accepted"] == 1
    assert ["nested deeper" in each["message"] for each in told["refused"]] == [True] * len(deep)
    assert await count(world) == 1


def _nested():
    lists = json.loads("[" * 500 + "]" * 500)
    objects = json.loads('{"a":' * 500 + "1" + "}" * 500)
    return {"lists": lists, "objects": objects}


async def test_a_batch_says_of_each_what_became_of_it(world):
    """What does not do is refused by itself."""
    own = {**TOLD, "id": "b", "type": "peninsula.flow-run.failed"}
    batch = [TOLD, own, {"specversion": "1.0", "id": "d", "type": "a.b"}, 5, {**TOLD, "id": "c"}]
    kind = {"Content-Type": "application/cloudevents-batch+json"}
    told = (await post(world, batch, **kind)).json()
    assert told["accepted"] == 2
    assert [(each["index"], each["code"]) for each in told["refused"]] == [
        *((place, "invalid") for place in (1, 2, 3)),
    ]
    assert "source" in told["refused"][1]["message"]
    assert await count(world) == 2


@pytest.mark.parametrize(
    ("kind", "body", "kept"),
    [
        ("application/json", b'{"a": 1}', {"data": {"a": 1}}),
        ("text/plain", "größer".encode(), {"data": "größer"}),
        ("application/octet-stream", b"\xff\x00", {"data_base64": "/wA="}),
        ("", b"", {}),
    ],
)
async def test_a_binary_cloudevent_has_its_attributes_in_headers(world, kind, body, kept):
    """And its data as the body, whatever that is."""
    headers = {f"ce-{name}": str(value) for name, value in TOLD.items() if name != "data"}
    headers["ce-subject"] = "pulls/f%C3%BCr"
    await post(world, body, **headers, **({"Content-Type": kind} if kind else {}))
    event = await newest(world)
    assert event["resource"]["id"].endswith("/pulls/f%C3%BCr")
    assert {name: event["payload"][name] for name in kept} == kept
    assert event["resource"]["labels"]["priority"] == "3"


@pytest.mark.parametrize(
    "wrong",
    [{"specversion": "0.3"}, {"id": ""}, {"source": 5}, {"time": "yesterday"}, {"type": None}],
)
async def test_what_is_no_cloudevent_is_refused(world, wrong):
    """With the reason."""
    await post(world, {**TOLD, **wrong}, status=422)
    assert await count(world) == 0


async def test_no_secret_of_an_address_is_stored(world):
    """User, password and query of source and schema are cut or masked."""
    source = "https://user:hunter22@files.internal/a?token=hunter22"
    await post(world, {**TOLD, "source": source, "dataschema": f"{source}#x"})
    stored = await world.get("events", limit=1)
    assert "hunter22" not in json.dumps(stored)


async def test_what_is_secret_by_its_name_is_masked_in_data_and_labels(world):
    """As in parameters: texts, at any depth."""
    data = {
        "password": "canary",
        "of": [{"api_key": "canary", "tokens": 5}],
        "dsn": "//a:canary@b",
        "headers": [["Authorization", "Bearer canary"], ["Accept", "a/b"]],
        "more": {"Authorization": ["Bearer canary"]},
        "env": [{"name": "DB_PASSWORD", "value": "canary"}, {"name": "DB", "value": "orders"}],
        "tags": [{"key": "api-key", "value": "canary"}],
        "columns": ["token", "user"],
    }
    await post(world, {**TOLD, "data": data, "authtoken": "canary"})
    event = await newest(world)
    assert event["payload"]["data"] == {
        "password": "********",
        "of": [{"api_key": "********", "tokens": 5}],
        "dsn": "//********@b",
        "headers": [["Authorization", "********"], ["Accept", "a/b"]],
        "more": {"Authorization": ["********"]},
        "env": [{"name": "DB_PASSWORD", "value": "********"}, {"name": "DB", "value": "orders"}],
        "tags": [{"key": "api-key", "value": "********"}],
        "columns": ["token", "user"],
    }
    assert event["resource"]["labels"]["authtoken"] == "********"


# --- spans ----------------------------------------------------------------------------------------

SPAN = {
    "traceId": "0af7651916cd43dd8448eb211c80319c",
    "spanId": "b7ad6b7169203331",
    "name": "GET /rates",
    "kind": 3,
    "startTimeUnixNano": "1772366400000000000",
    "endTimeUnixNano": "1772366400250000000",
    "attributes": [
        {"key": "url.full", "value": {"stringValue": "https://api.internal/rates?key=hunter22"}},
        {"key": "http.request.method", "value": {"stringValue": "GET"}},
        {"key": "http.request.header.authorization", "value": {"stringValue": "hunter22"}},
        {"key": "retries", "value": {"intValue": "2"}},
    ],
    "status": {"code": 2, "message": "refused"},
}


def export(*spans):
    """Spans of one service."""
    origin = {"attributes": [{"key": "service.name", "value": {"stringValue": "checkout"}}]}
    return {"resourceSpans": [{"resource": origin, "scopeSpans": [{"spans": list(spans)}]}]}


async def test_a_span_is_an_event_of_its_service(world):
    """Related to what it called, without what may be secret."""
    answer = await post(world, export(SPAN), "otlp/v1/traces", 200)
    assert answer.json() == {}
    event = await newest(world)
    assert event["event"] == "span.client.failed"
    assert event["resource"]["id"] == "service://checkout"
    assert [(each["id"], each["role"]) for each in event["related"]] == [
        ("https://api.internal/rates", "called")
    ]
    assert event["payload"]["seconds"] == 0.25
    assert event["payload"]["trace"] == SPAN["traceId"]
    assert event["payload"]["attributes"]["retries"] == 2
    assert "hunter22" not in json.dumps(event)


def attribute(key, **value):
    """An attribute as the protocol writes it."""
    return {"key": key, "value": value}


def listed(*values):
    """A value that is a list."""
    return {"arrayValue": {"values": list(values)}}


async def test_no_secret_of_a_span_is_stored(world):
    """Neither in its name, its message, its attributes nor in what its service says of itself."""
    address = {"stringValue": "https://etl:hunter22@node-1/x?token=hunter22"}
    secret = ("my.api_key", "private_key", "pwd", "x-api-key", "app.access_key", "db.password")
    span = SPAN | {
        "name": "GET /orders?api_key=hunter22&token=hunter22",
        "attributes": [
            *(attribute(name, stringValue="hunter22") for name in secret),
            attribute("process.command_line", stringValue="psql --password=hunter22"),
            attribute("process.command_args", **listed({"stringValue": "hunter22"})),
            attribute("tried", **listed(address)),
            attribute("rows", intValue="3"),
        ],
        "status": {"code": 2, "message": "sent Authorization: Bearer hunter22, was refused"},
    }
    told = export(span)
    origin = told["resourceSpans"][0]["resource"]["attributes"]
    origin[:] = [attribute(name, **address) for name in ("service.name", "host.name")]
    await post(world, told, "otlp/v1/traces", 200)
    event = await newest(world)
    assert "hunter22" not in json.dumps(event)
    assert event["payload"]["error"] == "sent Authorization: Bearer ********, was refused"
    assert event["payload"]["attributes"]["rows"] == 3


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ({"intValue": "-5"}, -5),
        ({"intValue": "--5"}, "--5"),
        ({"intValue": "9223372036854775807"}, 2**63 - 1),
        ({"intValue": "9223372036854775808"}, "9223372036854775808"),
        ({"intValue": "9" * 5_000}, "9" * 299 + "…"),
        (listed({"intValue": "1"}, {"stringValue": "a"}), [1, "a"]),
    ],
)
async def test_a_number_that_is_none_stays_a_text(world, value, kept):
    """So no value of one span keeps others from being taken in."""
    odd = {**SPAN, "attributes": [{"key": "n", "value": value}]}
    await post(world, export({**SPAN, "spanId": "b7ad6b7169203332"}, odd), "otlp/v1/traces", 200)
    assert await count(world) == 2
    events = (await world.get("events", limit=2))["items"]
    assert kept in [event["payload"]["attributes"].get("n") for event in events]


async def test_lists_where_one_value_belongs_are_left_out(world):
    """Neither a label nor an address is one; nested in each other, they end."""
    deep = {"stringValue": "x"}
    for _ in range(300):
        deep = listed(deep)
    names = ("server.address", "http.request.method", "db.system.name", "deep")
    told = export({**SPAN, "attributes": [attribute(name, **deep) for name in names]})
    origin = told["resourceSpans"][0]["resource"]["attributes"]
    origin += [attribute("host.name", **listed({"stringValue": "x"}))]
    await post(world, told, "otlp/v1/traces", 200)
    event = await newest(world)
    assert event["resource"].get("labels", {}) == {}
    assert event["related"] == []


async def test_spans_come_as_protobuf_too(world):
    """As exporters send them by default; the answer is protobuf as well, and both are one span."""
    body = wire.ExportTraceServiceRequest()
    of = body.resource_spans.add()
    of.resource.attributes.add(key="service.name").value.string_value = "checkout"
    span = of.scope_spans.add().spans.add(name=SPAN["name"], kind=3)
    span.trace_id, span.span_id = (bytes.fromhex(SPAN[name]) for name in ("traceId", "spanId"))
    span.start_time_unix_nano = int(SPAN["startTimeUnixNano"])
    span.end_time_unix_nano = int(SPAN["endTimeUnixNano"])
    kind = {"Content-Type": "application/x-protobuf"}
    for _ in range(2):
        answer = await post(world, body.SerializeToString(), "otlp/v1/traces", 200, **kind)
    assert answer.headers["content-type"].startswith("application/x-protobuf")
    assert not wire.ExportTraceServiceResponse.FromString(
        answer.content
    ).partial_success.rejected_spans
    assert await count(world) == 1
    await post(world, b"no protobuf", "otlp/v1/traces", 422, **kind)


async def test_a_span_of_a_runs_trace_is_related_to_the_run(world):
    """The trace that a run sends is its id, and so spans of services come back to it."""
    run = ids.uuid7(micros(START), b"12345678")
    teller = Teller()
    born = Birth(name="nightly-1", flow="nightly")
    teller.tell(state(run, RunKind.FLOW_RUN, change(StateType.RUNNING, born=born)), run=run)
    await world.take(teller.batch())
    await post(world, export({**SPAN, "traceId": run.hex}), "otlp/v1/traces", 200)
    event = await newest(world)
    assert {"id": f"peninsula.flow-run.{run}", "role": "trace"}.items() <= event["related"][
        0
    ].items()


async def test_spans_that_are_refused_are_counted(world):
    """As the protocol says it."""
    early = {**SPAN, "spanId": "b7ad6b7169203332", "attributes": []}
    other = {**SPAN, "name": "another under the same id"}
    await post(world, export(SPAN, early), "otlp/v1/traces", 200)
    told = (await post(world, export(other), "otlp/v1/traces", 200)).json()
    assert told["partialSuccess"]["rejectedSpans"] == "1"
    assert "other content" in told["partialSuccess"]["errorMessage"]
