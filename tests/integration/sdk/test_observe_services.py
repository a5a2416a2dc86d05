"""Calls without a block to services: buckets, procedures, and whoever has set up OpenTelemetry."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import boto3
import grpc
import pytest
import requests
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peninsula import flow
from tests.integration.sdk.test_calls import calls, said
from tests.support.processes import python
from tests.support.s3 import KEY, SECRET, start_store
from tests.support.web import web_server


@pytest.fixture(scope="module")
def store():
    """A server that speaks S3."""
    with start_store() as found:
        yield found


def test_an_object_of_a_bucket_is_what_a_call_of_boto3_goes_to(told, store):
    """Once, though it works over urllib3; a failure leads to it."""
    bucket = store.bucket()

    @flow
    def reads():
        client = boto3.client(
            "s3",
            endpoint_url=store.url,
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            region_name="us-east-1",
        )
        client.put_object(Bucket=bucket, Key="raw/a b.csv", Body=b"1")
        client.get_object(Bucket=bucket, Key="raw/gone.csv")

    with pytest.raises(ClientError):
        reads()
    put, get = calls(told)
    assert put.event.event == "peninsula.call.botocore.PutObject.completed"
    assert put.event.resource.id == f"s3://{bucket}/raw/a%20b.csv"
    assert get.event.event == "peninsula.call.botocore.GetObject.failed"
    assert get.event.resource.id == f"s3://{bucket}/raw/gone.csv"
    assert told.events()[-1].event.follows == get.event.id


def test_a_procedure_of_a_service_is_a_call(told):
    """And what its server refuses is a failure that leads to it."""
    echo = grpc.unary_unary_rpc_method_handler(lambda body, _: body)
    handler = grpc.method_handlers_generic_handler("lake.Files", {"Echo": echo})
    server = grpc.server(ThreadPoolExecutor(1), handlers=(handler,))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()

    @flow
    def asks():
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            channel.unary_unary("/lake.Files/Echo")(b"1", timeout=9)
            channel.unary_unary("/lake.Files/Gone")(b"1", timeout=9)

    try:
        with pytest.raises(grpc.RpcError):
            asks()
    finally:
        server.stop(0).wait()
    well, gone = calls(told)
    assert well.event.event == "peninsula.call.grpc.Echo.completed"
    assert gone.event.event == "peninsula.call.grpc.Gone.failed"
    assert well.event.resource.id == f"grpc://127.0.0.1:{port}/lake.Files"
    assert told.events()[-1].event.follows == gone.event.id


@settings(max_examples=15, deadline=None, suppress_health_check=[*HealthCheck])
@given(place=st.sampled_from(["user", "query", "header"]), fails=st.booleans())
def test_no_secret_of_a_request_is_in_any_event(told, place, fails):
    """Wherever it stands, and however the request ends."""
    secret = "canary-hunter22"
    user = f"me:{secret}@" if place == "user" else ""
    query = f"?token={secret}&a=1" if place == "query" else ""
    headers = {"Authorization": f"Bearer {secret}"} if place == "header" else {}

    @flow
    def asks(url):
        requests.get(url, headers=headers, timeout=9).raise_for_status()

    with web_server() as web:
        host = "127.0.0.1:1" if fails else web.url.removeprefix("http://")
        urls = [f"http://{user}{host}/orders/503{query}"]

        @flow
        def asks_of_itself():
            asks.fn(urls[0])

        with pytest.raises(requests.RequestException):
            asks_of_itself()
    records = told.events()
    assert calls(told, ".failed")
    assert all(secret.encode() not in bytes(record.event.payload) for record in records)
    assert all(secret not in record.event.resource.id for record in records)


THEIRS = """
import sys
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
import requests
from peninsula import flow

kept = InMemorySpanExporter()
theirs = TracerProvider()
theirs.add_span_processor(SimpleSpanProcessor(kept))

@flow
def asks(url):
    requests.get(url, timeout=9)

asks(sys.argv[1])
trace.set_tracer_provider(theirs)
asks(sys.argv[1])
assert trace.get_tracer_provider() is theirs
print([span.name for span in kept.get_finished_spans()])
"""


def test_a_provider_of_the_users_stays_theirs(told, home):
    """Set whenever: from then on it gets the spans, and calls are told as before."""
    with (
        web_server() as web,
        python("-c", THEIRS, web.url, env={"PENINSULA_HOME": str(home)}) as program,
    ):
        assert program.succeed().splitlines()[-1] == "['GET', 'asks']"
    assert [said(record)["type"] for record in calls(told)] == ["requests", "requests"]
