"""Calls that flows make without a block: each is told once, and failures follow them."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from socket import create_server

import aiohttp
import asyncpg
import httpx
import psycopg
import pytest
import requests
import sqlalchemy
import urllib3

from peninsula import flow, task
from peninsula.blocks import Block, DatabaseCredentials, HttpService, SqlDatabase, call
from peninsula.core.resources import clean_uri
from peninsula.task_runners import ProcessPoolTaskRunner
from tests.integration.sdk.test_calls import calls, said, total
from tests.support.processes import python
from tests.support.web import web_server


@pytest.fixture(scope="module")
def served():
    """A web server."""
    with web_server() as web:
        yield web


@pytest.fixture
def web(served):
    """The same, without what earlier tests have sent."""
    served.headers.clear()
    return served


def failed(run):
    """Run a flow that fails."""
    with pytest.raises(Exception):  # noqa: B017, PT011  of the libraries
        run()


def state(told, definition):
    """Return the event with which the run of it failed."""
    run = told.one(definition)
    [found] = [
        record.event
        for record in told.events()
        if record.run == run.id and record.event.event.endswith("-run.failed")
    ]
    return found


# --- clients of HTTP ------------------------------------------------------------------------------


async def by_aiohttp(url):
    """Get it."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(url, raise_for_status=True) as answer,
    ):
        await answer.read()


async def by_aiohttp_answer(url):
    """Get it, and then ask the answer."""
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        answer.raise_for_status()


async def by_httpx_async(url):
    """Get it."""
    async with httpx.AsyncClient() as client:
        (await client.get(url)).raise_for_status()


def by_urllib3(url):
    """Get it; an error status is no exception there."""
    with urllib3.PoolManager(retries=False) as pool:
        pool.request("GET", url)


CLIENTS = {
    "requests": lambda url: requests.get(url, timeout=9).raise_for_status(),
    "httpx": lambda url: httpx.get(url).raise_for_status(),
    "httpx-async": lambda url: asyncio.run(by_httpx_async(url)),
    "aiohttp_client": lambda url: asyncio.run(by_aiohttp(url)),
    "aiohttp_client-answer": lambda url: asyncio.run(by_aiohttp_answer(url)),
    "urllib3": by_urllib3,
}


@pytest.fixture(params=CLIENTS)
def client(request):
    """Each client, with the name by which its calls are told."""
    return request.param.partition("-")[0], CLIENTS[request.param]


def test_a_request_is_one_call_of_its_library(told, web, client):
    """Also where one library works over another. The path is a template, and has no query."""
    library, get = client

    @flow
    def asks():
        get(f"{web.url}/orders/200?token=hunter22")

    asks()
    [record] = calls(told)
    assert record.event.event == f"peninsula.call.{library}.get.completed"
    assert record.event.resource.id == f"{web.url}/orders/{{}}"
    assert record.run == told.one("asks").id
    assert said(record)["seconds"] > 0


def body():
    """Be wrong in the midst of what is sent."""
    yield b"a"
    yield {}["nokey"]


@pytest.mark.parametrize(
    "send",
    [
        lambda url: httpx.post(url, content=body()),
        lambda url: requests.post(url, data=body(), timeout=9),
        lambda url: HttpService(base_url=url, retries=0).post("/", content=body()),
    ],
)
def test_what_a_body_of_the_code_s_raises_is_no_failed_call(told, web, send):
    """The library only calls it back; so the failure has no cause outside."""

    @flow
    def asks():
        send(f"{web.url}/orders")

    with pytest.raises(KeyError):
        asks()
    [record] = calls(told)
    assert record.event.event.endswith(".post.completed")
    assert said(record)["left_by"] == "KeyError"
    assert state(told, "asks").follows is None


def test_an_error_status_is_a_failed_call(told, web, client):
    """Whether or not the code looks at it."""
    library, get = client

    @flow
    def asks():
        get(f"{web.url}/orders/503")

    try:
        asks()
    except Exception:  # noqa: BLE001  of the libraries
        assert library != "urllib3"
    [record] = calls(told)
    assert record.event.event == f"peninsula.call.{library}.get.failed"
    assert "503" in said(record)["error"]


@pytest.mark.parametrize("name", ["aiohttp_client-answer", "requests", "httpx", "httpx-async"])
def test_a_status_that_is_raised_later_leads_to_its_call(told, web, name):
    """The exception is of the answer, and that knows its call: a fact, not a guess."""

    @flow
    def asks():
        CLIENTS[name](f"{web.url}/fine")
        CLIENTS[name](f"{web.url}/orders/503")

    failed(asks)
    [call] = calls(told, ".failed")
    assert state(told, "asks").follows == call.event.id


def test_an_exception_of_a_library_leads_to_its_call(told, web, client):
    """A server that hangs up."""
    library, get = client

    @flow
    def asks():
        get(f"{web.url}/orders/0")

    failed(asks)
    [record] = calls(told)
    assert record.event.event == f"peninsula.call.{library}.get.failed"
    assert state(told, "asks").follows == record.event.id


def test_a_token_in_a_path_is_in_nothing_that_a_failed_request_tells(told, client):
    """Not in what it is about, nor in errors and logs."""
    _, get = client

    @flow
    def asks():
        get("http://127.0.0.1:1/bot110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/sendMessage")

    failed(asks)
    [record] = calls(told)
    assert "http://127.0.0.1:1/{}/sendMessage" in str(record)
    for each in (*told.events(), *told.one("asks").log):
        assert "AAHdq" not in str(each)


def test_an_exception_around_a_call_is_not_its_own(told, web):
    """A call that is made while another exception is handled may well succeed."""

    @flow
    def recovers():
        try:
            int("none")
        except ValueError:
            requests.get(web.url, timeout=9)

    recovers()
    assert [record.event.event for record in calls(told)] == [
        "peninsula.call.requests.get.completed"
    ]


def test_what_is_sent_says_which_run_sent_it(told, web, client):
    """The trace is the flow run, so a `traceparent` names it."""

    @flow
    def asks():
        client[1](web.url)

    asks()
    _, trace, span, flags = web.headers[-1]["traceparent"].split("-")
    assert trace == told.one("asks").id.hex
    assert (len(span), flags) == (16, "01")


def test_outside_of_runs_nothing_is_told_or_sent(told, web):
    """Neither before a flow run nor after it."""

    @flow
    def nothing():
        """Have libraries observed."""

    nothing()
    requests.get(web.url, timeout=9)
    assert calls(told) == []
    assert "traceparent" not in web.headers[-1]


def test_many_requests_are_rolled_up(told, web):
    """As calls of blocks are."""

    @flow
    def many():
        with requests.Session() as session:
            for number in range(150):
                session.get(f"{web.url}/orders/{number}/all", timeout=9)

    many()
    records = calls(told)
    assert total(records) == 150
    assert len(records) < 150


# --- runs -----------------------------------------------------------------------------------------


def test_a_call_is_of_the_innermost_run(told, web):
    """Of the task that makes it, called, submitted, or in another process."""

    @task
    def fetch(url):
        requests.get(url, timeout=9)

    @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
    def elsewhere(url):
        fetch.submit(url).result()

    @flow
    def here(url):
        fetch(url)
        fetch.submit(url).result()

    here(web.url)
    elsewhere(web.url)
    assert sorted(r.run for r in calls(told)) == sorted(run.id for run in told.all("fetch"))
    traces = [each["traceparent"].split("-")[1] for each in web.headers]
    first, second = told.one("here").id.hex, told.one("elsewhere").id.hex
    assert traces == [first, first, second]


def test_threads_that_a_run_starts_call_for_it(told, web):
    """As those of boto3 and of many scripts do."""

    @flow
    def fans():
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda _: requests.get(web.url, timeout=9), range(4)))

    fans()
    assert {record.run for record in calls(told)} == {told.one("fans").id}
    assert total(calls(told)) == 4


# --- blocks ---------------------------------------------------------------------------------------


class Service(Block):
    """A web service."""

    url: str

    def _system(self):
        return self.url

    def get(self):
        """Ask it."""
        requests.get(self.url, timeout=9)


def test_inside_of_a_call_of_a_block_nothing_is_counted_twice(told, web):
    """The block's call says more."""

    @flow
    def asks():
        Service(url=web.url).get()
        with call("ftp", "fetch", "ftp://files.internal"):
            requests.get(web.url, timeout=9)
        requests.get(web.url, timeout=9)

    asks()
    assert [record.event.event for record in calls(told)] == [
        "peninsula.call.service.get.completed",
        "peninsula.call.ftp.fetch.completed",
        "peninsula.call.requests.get.completed",
    ]


# --- databases ------------------------------------------------------------------------------------


def test_an_engine_that_was_made_before_is_observed(told, tmp_path):
    """Most are made with their module. The database is a file; no statement is told."""
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path}/orders.db")

    @flow
    def asks():
        with engine.connect() as connection:
            connection.execute(sqlalchemy.text("SELECT 'hunter22'"))
            connection.execute(sqlalchemy.text("SELECT nothing FROM nowhere"))

    failed(asks)
    connect, select, wrong = calls(told)
    assert connect.event.event == "peninsula.call.sqlalchemy.connect.completed"
    assert select.event.event == "peninsula.call.sqlalchemy.select.completed"
    block = DatabaseCredentials(url=f"sqlite:///{tmp_path}/orders.db")
    assert select.event.resource.id == block.system() == f"sqlite:///{tmp_path}/orders.db"
    assert state(told, "asks").follows == wrong.event.id
    assert b"hunter22" not in b"".join(bytes(r.event.payload) for r in told.events())
    engine.dispose()


def test_a_database_in_a_file_of_this_folder_is_one_system(told, tmp_path, monkeypatch):
    """Whether a block or a library uses it, and however its path is written."""
    monkeypatch.chdir(tmp_path)

    @flow
    def asks():
        for url in ("sqlite:///my orders.db", "sqlite:///./my orders.db"):
            SqlDatabase(credentials=DatabaseCredentials(url=url)).query("SELECT 1")
            engine = sqlalchemy.create_engine(url)
            with engine.connect() as connection:
                connection.execute(sqlalchemy.text("SELECT 1"))
            engine.dispose()

    asks()
    assert {call.event.resource.id for call in calls(told)} == {
        f"sqlite:///{tmp_path}/my%20orders.db"
    }


def test_a_driver_beneath_sqlalchemy_is_part_of_its_call(told, postgres_url):
    """And by itself a call of its own."""
    engine = sqlalchemy.create_engine(postgres_url)

    @flow
    def asks():
        with engine.connect() as connection:
            connection.execute(sqlalchemy.text("SELECT 1"))
        with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
            connection.execute("SELECT 1")

    asks()
    asked = [r for r in calls(told) if said(r)["method"] == "select"]
    assert [said(record)["type"] for record in asked] == ["sqlalchemy", "psycopg"]
    assert len({record.event.resource.id for record in asked}) == 1
    assert asked[0].event.resource.id.startswith("postgresql://127.0.0.1:")
    engine.dispose()


def test_a_query_of_asyncpg_is_a_call(told, postgres_url):
    """Of any kind; one that fails leads to its call, and a pool asks as well."""
    url = postgres_url.replace("+psycopg", "")

    async def ask():
        async with asyncpg.create_pool(url, min_size=1, max_size=1) as pool:
            assert await pool.fetchval("SELECT 1") == 1
        connection = await asyncpg.connect(url)
        try:
            assert [row["n"] for row in await connection.fetch("SELECT 2 AS n")] == [2]
            await connection.execute("INSERT INTO nowhere VALUES ($1)", "canary-parameter")
        finally:
            await connection.close()

    @flow
    async def asks():
        await ask()

    with pytest.raises(asyncpg.UndefinedTableError):
        asyncio.run(asks())
    found = [record for record in calls(told) if said(record)["type"] == "asyncpg"]
    ends = [record.event.event.rpartition(".")[2] for record in found if _asked(record)]
    # A pool resets a connection that it takes back by a SELECT.
    assert ends == ["completed", "completed", "completed", "failed"]
    assert {record.event.resource.id for record in found} == {clean_uri(url)}
    assert told.events()[-1].event.follows == found[-1].event.id
    assert b"canary" not in b"".join(bytes(each.event.payload) for each in told.events())


def _asked(record):
    return said(record)["method"] in {"select", "insert"}


async def _connects_later(url):
    await psycopg.AsyncConnection.connect(url)


async def _connects_by_asyncpg(url):
    await asyncpg.connect(url)


async def _connects_by_a_pool(url):
    async with asyncpg.create_pool(url, min_size=1):
        pass


CONNECTS = {
    "asyncpg": lambda url: asyncio.run(_connects_by_asyncpg(url)),
    "asyncpg-pool": lambda url: asyncio.run(_connects_by_a_pool(url)),
    "function": lambda url: psycopg.connect(url),  # noqa: PLW0108  as it is by then
    "class": lambda url: psycopg.Connection.connect(url),  # noqa: PLW0108  as above
    "async": lambda url: asyncio.run(_connects_later(url)),
}


@pytest.mark.parametrize("way", CONNECTS)
def test_a_connection_that_fails_leads_to_its_call(told, postgres_url, way):
    """A database that is gone: nothing was executed yet."""
    url = postgres_url.replace("+psycopg", "").rpartition("/")[0] + "/gone"

    @flow
    def asks():
        CONNECTS[way](url)

    failed(asks)
    [record] = calls(told)
    library = "asyncpg" if way.startswith("asyncpg") else "psycopg"
    assert record.event.event == f"peninsula.call.{library}.connect.failed"
    assert record.event.resource.id.endswith("/gone")
    assert state(told, "asks").follows == record.event.id


async def _waits(connect, url):
    await connect(url, timeout=0.3)


async def _waits_for_a_pool(url):
    async with asyncpg.create_pool(url, min_size=1, timeout=0.3):
        pass


async def _waits_to_acquire(url):
    pool = await asyncpg.create_pool(url, min_size=0)
    await pool.acquire(timeout=0.3)


WAITS = {
    "acquire": lambda url: asyncio.run(_waits_to_acquire(url)),
    "connect": lambda url: asyncio.run(_waits(asyncpg.connect, url)),
    "pool": lambda url: asyncio.run(_waits_for_a_pool(url)),
}


@pytest.mark.parametrize("way", WAITS)
def test_a_silent_postgresql_is_a_failed_call_of_asyncpg(told, way):
    """Though asyncpg cancels what is beneath when the time is up."""

    @flow
    def asks():
        WAITS[way](silent)

    with create_server(("127.0.0.1", 0)) as listening:
        silent = f"postgresql://127.0.0.1:{listening.getsockname()[1]}/warehouse"
        failed(asks)
    [record] = calls(told)
    assert record.event.event == "peninsula.call.asyncpg.connect.failed"
    assert record.event.resource.id == silent
    assert said(record)["error_type"] == "TimeoutError"
    assert told.events()[-1].event.follows == record.event.id


def test_a_connection_by_asyncpg_is_one_call_wherever_it_leads(told, postgres_url):
    """About the address at which someone answers."""
    url = postgres_url.replace("+psycopg", "")

    async def connect():
        await (await asyncpg.connect(url.replace("@", "@127.0.0.1:1,"))).close()

    @flow
    def asks():
        asyncio.run(connect())

    asks()
    [record] = calls(told)
    assert record.event.event == "peninsula.call.asyncpg.connect.completed"
    assert record.event.resource.id == clean_uri(url)


def test_a_connection_by_asyncpg_that_fails_is_about_its_last_address(told, tmp_path):
    """Also where that is a socket of this machine: nobody listens at either."""

    async def connect():
        places = {"host": ["127.0.0.1", str(tmp_path)], "port": [1, 5432]}
        await asyncpg.connect(**places, user="etl", database="warehouse")

    @flow
    def asks():
        asyncio.run(connect())

    failed(asks)
    [record] = calls(told)
    assert record.event.event == "peninsula.call.asyncpg.connect.failed"
    assert record.event.resource.id == "postgresql://localhost/warehouse"


EARLY = """
import asyncio
from asyncpg import connect
from peninsula import flow

@flow
async def asks():
    await connect("postgresql://127.0.0.1:1/gone")

asyncio.run(asks())
"""


def test_a_connect_of_asyncpg_that_was_imported_before_is_seen(told, home):
    """By what it calls."""
    with python("-c", EARLY, env={"PENINSULA_HOME": str(home)}) as program:
        assert program.wait() == 1
    [record] = calls(told)
    assert record.event.event == "peninsula.call.asyncpg.connect.failed"
    assert record.event.resource.id == "postgresql://127.0.0.1:1/gone"


def test_a_connection_is_of_the_system_that_it_executes_on(told, postgres_url):
    """However it is written: libpq fills in what is left out."""

    @flow
    def asks():
        with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
            connection.execute("SELECT 1")

    asks()
    connect, select = calls(told)
    assert connect.event.resource.id == select.event.resource.id


# --- settings -------------------------------------------------------------------------------------

SCRIPT = """
import sys
from peninsula import flow

@flow
def asks(url):
    {body}

asks(sys.argv[1])
print(sorted(name for name in sys.modules if name.startswith(("opentelemetry.", "wrapt."))))
"""


def test_it_can_be_turned_off(told, web, home):
    """By one setting; then nothing of it is loaded."""
    script = SCRIPT.format(body="import requests; requests.get(url)")
    env = {"PENINSULA_HOME": str(home), "PENINSULA_OBSERVE": "false"}
    with python("-c", script, web.url, env=env) as program:
        shown = program.succeed()
    assert calls(told) == []
    assert "traceparent" not in web.headers[-1]
    assert shown.splitlines()[-1] == "[]"


def test_a_flow_that_uses_no_such_library_does_not_load_opentelemetry(home):
    """The extra costs next to nothing until a library is imported."""
    env = {"PENINSULA_HOME": str(home)}
    with python("-c", SCRIPT.format(body="pass"), "", env=env) as program:
        assert "opentelemetry.sdk" not in program.succeed()
