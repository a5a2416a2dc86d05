"""Calls without a block to services: buckets, procedures, and whoever has set up OpenTelemetry."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import boto3
import grpc
import pytest
import redis
import redis.asyncio
import requests
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peninsula import flow
from tests.integration.sdk.test_calls import calls, said
from tests.support.processes import python
from tests.support.redis import MISSING, PASSWORD, start_redis
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


LATE = """
import asyncio
from peninsula import flow

@flow
async def asks():
    import grpc.aio

    async with grpc.aio.insecure_channel("127.0.0.1:1") as channel:
        await channel.unary_unary("/lake.Files/Echo")(b"1", timeout=9)

asyncio.run(asks())
"""


def test_a_procedure_of_grpc_in_asyncio_is_a_call_though_it_is_imported_late(told, home):
    """In the midst of the run."""
    with python("-c", LATE, env={"PENINSULA_HOME": str(home)}) as program:
        assert program.wait() == 1
    [record] = calls(told)
    assert record.event.event == "peninsula.call.grpc.Echo.failed"


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


# --- Redis ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def redis_server():
    """A server of Redis."""
    with start_redis() as found:
        if found is None:
            pytest.skip(MISSING)
        yield found


async def by_redis_async(port, commands):
    """Send commands, one after the other."""
    async with redis.asyncio.Redis(host="127.0.0.1", port=port, password=PASSWORD) as client:
        for command in commands:
            await client.execute_command(*command)


def by_redis(port, commands):
    """Do the same by the synchronous client."""
    with redis.Redis("127.0.0.1", port, password=PASSWORD) as client:
        for command in commands:
            client.execute_command(*command)


def by_redis_coroutines(port, commands):
    """Do the same by the other one."""
    asyncio.run(by_redis_async(port, commands))


@pytest.mark.parametrize("send", [by_redis, by_redis_coroutines])
def test_a_command_of_redis_is_a_call(told, redis_server, send):
    """Of the database; what the server refuses is a failure that leads to it. No value is told."""

    @flow
    def asks():
        send(redis_server.port, [("SET", "orders", "canary-hunter22"), ("LPUSH", "orders", "1")])

    with pytest.raises(redis.ResponseError):
        asks()
    found = {record.event.event.removeprefix("peninsula.call."): record for record in calls(told)}
    assert list(found)[-2:] == ["redis.set.completed", "redis.lpush.failed"]
    refused = found["redis.lpush.failed"]
    assert refused.event.resource.id == f"redis://127.0.0.1:{redis_server.port}/0"
    assert told.events()[-1].event.follows == refused.event.id
    assert all(b"hunter22" not in bytes(record.event.payload) for record in told.events())
    assert all(PASSWORD.encode() not in bytes(record.event.payload) for record in told.events())


def test_a_pipeline_of_redis_is_one_call(told, redis_server):
    """It is sent at once."""

    @flow
    def asks():
        with redis.Redis(port=redis_server.port, password=PASSWORD) as client:
            client.pipeline().set("a", 1).set("b", 2).execute()

    asks()
    *_, record = calls(told)
    assert record.event.event.startswith("peninsula.call.redis.")
    assert (
        len([each for each in calls(told) if said(each)["method"] == said(record)["method"]]) == 1
    )


def test_a_redis_that_is_gone_is_a_failed_call(told):
    """The failure leads to it."""

    @flow
    def asks():
        redis.Redis(port=1).get("orders")

    with pytest.raises(redis.ConnectionError):
        asks()
    [record] = calls(told)
    assert record.event.event == "peninsula.call.redis.get.failed"
    assert told.events()[-1].event.follows == record.event.id
