"""The OpenAPI document is true: what it allows is answered as it says, and never with a 500."""

from __future__ import annotations

import httpx
import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from peninsula.core import codec
from peninsula.server.api.calls import CALL
from peninsula.server.api.errors import STATUS
from peninsula.server.api.openapi import document
from peninsula.server.app import ROUTES
from tests.support.lots import tell_lots
from tests.support.soak import SOAK

EXAMPLES = 200 if SOAK else 3

CHECKS = (
    schemathesis.checks.not_a_server_error,
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

NO_HTTP = (400, b"Invalid HTTP request received.")
"""What the HTTP server itself says of an address of 64 KiB; the app never hears of it."""

MOMENT = 0.05
"""Seconds that calls wait for what does not come."""

LONGEST = 60
"""Seconds that they may be asked to wait."""

LEFT_OUT = {
    "stream_events": "its answer has no end",
    "back_up": "it would write files wherever chance says",
}


@pytest.fixture(scope="module")
def told() -> dict:
    """The document."""
    return document(route.opt[CALL] for route in ROUTES)


def test_every_call_is_described(told):
    """By a name of its own, a summary, its parameters, its answers and what it needs."""
    operations = [one for path in told["paths"].values() for one in path.values()]
    names = [one["operationId"] for one in operations]
    assert len(names) == len(set(names)) == len(ROUTES)
    for one in operations:
        assert one["summary"].endswith(".")
        assert "{" not in one["summary"]
        assert "422" in one["responses"]
    assert "list_flow_runs" in names
    assert "list_task_runs" in names


def test_every_error_has_an_example(told):
    """With code, message and details, under the status that its code has."""
    codes = set()
    for path in told["paths"].values():
        for one in path.values():
            for status, answer in one["responses"].items():
                if int(status) < 400:
                    continue
                for code, example in answer["content"]["application/json"]["examples"].items():
                    assert STATUS[code] == int(status)
                    assert set(example["value"]) == {"code", "message", "details"}
                    codes.add(code)
    assert codes == set(STATUS) - {"internal", "method-not-allowed"}


def test_what_it_refers_to_is_there(told):
    """No reference leads nowhere, and nothing stands there that nobody refers to."""
    named = set()

    def look(part) -> None:
        if isinstance(part, dict):
            if "$ref" in part:
                named.add(part["$ref"].rpartition("/")[2])
            for value in part.values():
                look(value)
        elif isinstance(part, list):
            for value in part:
                look(value)

    look(told)
    assert named == set(told["components"]["schemas"])


@pytest.fixture
def filled(server, random):
    """A running server with a log of everything, as its owner asks it."""
    token = (server.home / "token").read_text().strip()
    headers = {"Authorization": f"Bearer {token}"}
    lots = tell_lots(random, trees=4)
    with httpx.Client(base_url=server.url, headers=headers) as http:
        body = codec.encode(lots.teller.batch())
        assert http.post("/api/intake", content=body).status_code == 200
    return server, headers


@pytest.mark.timeout(600)
def test_schemathesis_finds_nothing(filled):
    """Every call, with what it allows and what it does not, over a real socket."""
    server, headers = filled
    schema = schemathesis.openapi.from_url(f"{server.url}/api/openapi.json", headers=headers)
    seen = set()
    for result in schema.get_all_operations():
        operation = result.ok()
        raw = operation.definition.raw
        seen.add(raw["operationId"])
        if raw["operationId"] in LEFT_OUT:
            continue
        ask(operation, GenerationMode.POSITIVE, headers)
        if raw["parameters"] or "requestBody" in raw:
            ask(operation, GenerationMode.NEGATIVE, headers)
    assert set(LEFT_OUT) < seen


def ask(operation, mode: GenerationMode, headers: dict[str, str]) -> None:
    """Ask one call many things that it allows, or many that it does not."""

    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=[*HealthCheck],
    )
    def asked(case) -> None:
        wait = case.body.get("wait") if isinstance(case.body, dict) else None
        if isinstance(wait, int | float) and MOMENT < wait <= LONGEST:
            # Chance would have half of the calls that wait do so for a quarter of a minute.
            case.body["wait"] = MOMENT
        answer = case.call(headers=headers, timeout=20)
        if (answer.status_code, answer.content) != NO_HTTP:
            case.validate_response(answer, checks=CHECKS, headers=headers)

    asked()
