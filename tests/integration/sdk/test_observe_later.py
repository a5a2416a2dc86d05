"""Failures after the end of a span: of the rest of an answer, of rows, of a commit."""

from __future__ import annotations

import asyncio
import urllib.request
from contextlib import asynccontextmanager, closing, contextmanager

import aiohttp
import boto3
import httpx
import psycopg
import pytest
import requests
import sqlalchemy
import urllib3
from botocore.config import Config

from peninsula import flow
from peninsula.blocks import Block
from tests.integration.sdk.test_calls import calls, said
from tests.integration.sdk.test_observe import failed
from tests.support.processes import python
from tests.support.web import web_server

LIMIT = 0.3
"""Seconds that clients wait for the rest."""


@pytest.fixture(scope="module")
def web():
    """A web server that may stop in the midst of an answer."""
    with web_server() as found:
        yield found


# --- clients of HTTP ------------------------------------------------------------------------------


def by_requests(url):
    """Read it in pieces."""
    with requests.get(url, stream=True, timeout=LIMIT) as answer:
        list(answer.iter_content(1))


def by_requests_raw(url):
    """Read what is beneath the answer, as whoever copies it to a file."""
    with requests.get(url, stream=True, timeout=LIMIT) as answer:
        answer.raw.read()


def by_httpx_stream(url):
    """Read it in pieces."""
    with httpx.stream("GET", url, timeout=LIMIT) as answer:
        list(answer.iter_lines())


async def by_httpx_async(url):
    """Get it whole."""
    async with httpx.AsyncClient(timeout=LIMIT) as client:
        await client.get(url)


async def by_aiohttp(url):
    """Get it, and then what it says."""
    limit = aiohttp.ClientTimeout(total=LIMIT)
    async with aiohttp.ClientSession(timeout=limit) as session, session.get(url) as answer:
        await answer.text()


async def by_aiohttp_content(url):
    """Read it in pieces."""
    limit = aiohttp.ClientTimeout(total=LIMIT)
    async with aiohttp.ClientSession(timeout=limit) as session, session.get(url) as answer:
        async for _ in answer.content.iter_chunked(1):
            pass


def by_urllib3(url):
    """Get it, and then read it."""
    with (
        urllib3.PoolManager(retries=False) as pool,
        pool.request("GET", url, preload_content=False, timeout=LIMIT) as answer,
    ):
        answer.read()


def by_boto3(url):
    """Get an object, and then its body."""
    server, bucket, key = url.rsplit("/", 2)
    config = Config(read_timeout=LIMIT, retries={"total_max_attempts": 1})
    client = boto3.client(
        "s3",
        endpoint_url=server,
        aws_access_key_id="me",
        aws_secret_access_key="hunter22",
        region_name="us-east-1",
        config=config,
    )
    with closing(client), closing(client.get_object(Bucket=bucket, Key=key)["Body"]) as body:
        body.read()


def by_urllib(url):
    """Get it, and then read it."""
    with urllib.request.urlopen(url, timeout=LIMIT) as answer:
        answer.read()


CLIENTS = {
    "requests": by_requests,
    "requests-raw": by_requests_raw,
    "httpx": lambda url: httpx.get(url, timeout=LIMIT),
    "httpx-stream": by_httpx_stream,
    "httpx-async": lambda url: asyncio.run(by_httpx_async(url)),
    "aiohttp_client": lambda url: asyncio.run(by_aiohttp(url)),
    "aiohttp_client-content": lambda url: asyncio.run(by_aiohttp_content(url)),
    "urllib": by_urllib,
    "urllib3": by_urllib3,
    "botocore": by_boto3,
}


@pytest.mark.parametrize("what", ["short", "stall"])
@pytest.mark.parametrize("name", CLIENTS)
def test_an_answer_that_breaks_off_is_a_failed_call(told, web, name, what):
    """Beside the one that it answers; the run's failure follows it."""

    @flow
    def asks():
        CLIENTS[name](f"{web.url}/orders/{what}")

    failed(asks)
    asked, read = calls(told)
    assert asked.event.event.endswith(".completed")
    assert read.event.event == f"peninsula.call.{name.partition('-')[0]}.read.failed"
    assert read.event.resource == asked.event.resource
    assert read.run == asked.run
    assert told.events()[-1].event.follows == read.event.id
    assert said(read)["seconds"] >= (LIMIT * 0.5 if what == "stall" else 0)


@pytest.mark.parametrize("name", CLIENTS)
def test_an_answer_that_is_read_well_is_one_call(told, web, name):
    """Nothing is told of its rest."""

    @flow
    def asks():
        CLIENTS[name](f"{web.url}/orders/200")

    asks()
    assert len(calls(told)) == 1


LATE = """
import sys
from peninsula import flow

@flow
def asks(url):
    from tests.integration.sdk import test_observe_later

    test_observe_later.CLIENTS[sys.argv[1]](url)

asks(sys.argv[2])
"""


@pytest.mark.parametrize("name", ["aiohttp_client", "botocore", "httpx", "requests", "urllib"])
def test_a_library_that_is_imported_in_the_run_is_followed_as_well(told, web, home, name):
    """As it comes, with parts that are not there yet."""
    env = {"PENINSULA_HOME": str(home)}
    with python("-c", LATE, name, f"{web.url}/orders/short", env=env) as program:
        assert program.wait() == 1
    assert [r.event.event.rpartition(".")[2] for r in calls(told)] == ["completed", "failed"]


def test_a_mistake_in_reading_is_no_failure_of_the_server(told, web):
    """It sent all that it was asked for."""

    @flow
    def asks():
        with httpx.stream("GET", web.url) as answer:
            list(answer.iter_raw())
            list(answer.iter_raw())

    failed(asks)
    assert len(calls(told)) == 1
    assert told.events()[-1].event.follows is None


class Service(Block):
    """A web service."""

    url: str

    def get(self):
        """Ask it."""
        httpx.get(self.url, timeout=LIMIT)


def test_inside_of_a_call_of_a_block_it_is_that_which_fails(told, web):
    """And nothing is told twice."""

    @flow
    def asks():
        Service(url=f"{web.url}/orders/short").get()

    failed(asks)
    [record] = calls(told)
    assert record.event.event == "peninsula.call.service.get.failed"


# --- databases ------------------------------------------------------------------------------------

TABLES = """
CREATE TEMPORARY TABLE parts (
    id int PRIMARY KEY, part_of int REFERENCES parts DEFERRABLE INITIALLY DEFERRED
)
"""
WRONG = "INSERT INTO parts VALUES (1, 99)"
MANY = "SELECT generate_series(1, 10000)"


@contextmanager
def connected(url):
    """Connect with psycopg, which does not close what it fails to commit."""
    connection = psycopg.connect(url.replace("+psycopg", ""))
    with closing(connection), connection:
        yield connection


@asynccontextmanager
async def connected_later(url):
    """Connect with it in asyncio."""
    connection = await psycopg.AsyncConnection.connect(url.replace("+psycopg", ""))
    try:
        async with connection:
            yield connection
    finally:
        await connection.close()


def terminate(url, process):
    """End the server's process of a connection."""
    with connected(url) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (process,))


def commits(url):
    """Commit what is wrong."""
    with connected(url) as connection:
        connection.execute(TABLES)
        connection.execute(WRONG)


def ends_a_transaction(url):
    """Commit it by a block of code."""
    with connected(url) as connection, connection.transaction():
        connection.execute(TABLES)
        connection.execute(WRONG)


async def commits_later(url):
    """Commit it in asyncio."""
    async with connected_later(url) as connection:
        await connection.execute(TABLES)
        await connection.execute(WRONG)


def copies(url):
    """Copy what is no number."""
    with connected(url) as connection, connection.cursor() as cursor:
        cursor.execute(TABLES)
        with cursor.copy("COPY parts FROM STDIN") as copy:
            copy.write("x\ty\n")


async def copies_later(url):
    """Copy it in asyncio."""
    async with (
        connected_later(url) as connection,
        connection.cursor() as cursor,
        cursor.copy("COPY nowhere FROM STDIN"),
    ):
        pass


def fetches(url):
    """Lose the connection between two pages of rows."""
    with connected(url) as connection, connection.cursor("many") as cursor:
        cursor.itersize = 10
        cursor.execute(MANY)
        for (number,) in cursor:
            if number == 5:
                terminate(url, connection.info.backend_pid)


def executes(url):
    """Ask for what is not there."""
    with connected(url) as connection, connection.cursor("many") as cursor:
        cursor.execute("SELECT * FROM nowhere")


async def fetches_later(url):
    """Lose it in asyncio."""
    async with connected_later(url) as connection, connection.cursor("many") as cursor:
        await cursor.execute(MANY)
        terminate(url, connection.info.backend_pid)
        await cursor.fetchone()


def commits_by_engine(url):
    """Commit what is wrong through SQLAlchemy."""
    with engine(url).begin() as connection:
        connection.exec_driver_sql(TABLES)
        connection.exec_driver_sql(WRONG)


def fetches_by_engine(url):
    """Lose the connection between two pages of rows."""
    with engine(url).connect().execution_options(yield_per=10) as connection:
        process = connection.connection.dbapi_connection.info.backend_pid
        rows = connection.exec_driver_sql(MANY)
        with closing(rows.cursor):  # SQLAlchemy leaves it open
            for (number,) in rows:
                if number == 5:
                    terminate(url, process)


def engine(url):
    """Make an engine that keeps no connection."""
    return sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)


USES = {
    "commit": commits,
    "commit-transaction": ends_a_transaction,
    "commit-async": lambda url: asyncio.run(commits_later(url)),
    "commit-engine": commits_by_engine,
    "copy": copies,
    "copy-async": lambda url: asyncio.run(copies_later(url)),
    "execute": executes,
    "fetch": fetches,
    "fetch-async": lambda url: asyncio.run(fetches_later(url)),
    "fetch-engine": fetches_by_engine,
}


@pytest.mark.parametrize("name", USES)
def test_what_a_database_fails_at_after_a_statement_is_a_failed_call(told, postgres_url, name):
    """A commit, a copy, rows that come later; the run's failure follows it."""

    @flow
    def asks():
        USES[name](postgres_url)

    failed(asks)
    *before, last = calls(told)
    assert last.event.event == f"peninsula.call.psycopg.{name.partition('-')[0]}.failed"
    assert {record.event.resource.id for record in before} == {last.event.resource.id}
    assert all(record.event.event.endswith(".completed") for record in before)
    assert told.events()[-1].event.follows == last.event.id


def test_of_other_drivers_sqlalchemy_tells_it(told, tmp_path):
    """Once, and of an engine that was there before as well."""
    parts = engine(f"sqlite:///{tmp_path}/parts.db")

    @flow
    def asks():
        with parts.begin() as connection:
            connection.exec_driver_sql("PRAGMA foreign_keys = ON")
            connection.exec_driver_sql(TABLES)
            connection.exec_driver_sql(WRONG)

    failed(asks)
    *before, last = calls(told)
    assert last.event.event == "peninsula.call.sqlalchemy.transaction.failed"
    assert {record.event.resource.id for record in before} == {last.event.resource.id}
    assert told.events()[-1].event.follows == last.event.id


def test_a_mistake_in_the_body_of_a_copy_is_no_failure_of_the_database(told, postgres_url):
    """What the code raises there is its own."""

    @flow
    def asks():
        with connected(postgres_url) as connection, connection.cursor() as cursor:
            cursor.execute(TABLES)
            with cursor.copy("COPY parts FROM STDIN"):
                raise KeyError

    failed(asks)
    assert calls(told, ".failed") == []
    assert told.events()[-1].event.follows is None
