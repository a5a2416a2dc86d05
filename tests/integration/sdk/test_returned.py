"""What calls of blocks return: what fails with it later is led back to the system."""

from __future__ import annotations

import asyncio
import copyreg
import pickle
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from errno import ENOSPC
from functools import partial
from multiprocessing import get_context

import aiohttp
import httpx
import pytest
import requests
import urllib3
from fsspec import AbstractFileSystem
from fsspec.spec import AbstractBufferedFile
from sqlalchemy.exc import OperationalError

from peninsula import flow
from peninsula.blocks import (
    AwsCredentials,
    Block,
    DatabaseCredentials,
    HttpService,
    RemoteFileSystem,
    S3Bucket,
    SqlDatabase,
    Webhook,
    touches,
)
from peninsula.journal import emitter
from tests.integration.sdk.test_calls import calls, said
from tests.integration.sdk.test_observe import failed, state
from tests.integration.sdk.test_observe_later import MANY, engine, terminate
from tests.support.processes import python
from tests.support.web import web_server


@pytest.fixture(scope="module")
def web():
    """A web server that may stop in the midst of an answer."""
    with web_server() as found:
        yield found


class Shop(Block):
    """A block of a user's, around clients that give answers."""

    url: str

    def _system(self):
        return self.url

    def by_httpx(self, path):
        """Return it whole."""
        return httpx.get(f"{self.url}{path}")

    def by_requests(self, path):
        """Return its head."""
        return requests.get(f"{self.url}{path}", stream=True, timeout=9)

    def by_urllib3(self, pool, path):
        """Return its head."""
        return pool.request("GET", f"{self.url}{path}", preload_content=False)

    async def by_aiohttp(self, session, path):
        """Return its head."""
        return await session.get(f"{self.url}{path}")

    def by_inner(self, path):
        """Return what a block in this one returns."""
        touches(f"{self.url}/elsewhere")
        return Shop(url=self.url).by_httpx(path)

    @contextmanager
    def opened(self, path):
        """Give its head."""
        with httpx.stream("GET", f"{self.url}{path}") as answer:
            yield answer


CLOSING = {"Connection": "close"}
"""Headers: connections of these blocks end with them, and warn."""


def webhook(url):
    """Tell an address."""
    address = f"{url}/orders/500"
    hook = Webhook(url=address, method="GET", headers=CLOSING, allow_private_urls=True)
    hook.call().raise_for_status()


def service(url):
    """Make one that raises nothing of its own."""
    return HttpService(base_url=url, raise_errors=False, retries=0, headers=CLOSING)


async def aget(url):
    """Ask in a coroutine."""
    (await service(url).aget("/orders/503")).raise_for_status()


async def by_aiohttp(url):
    """Ask the answer of a client in asyncio."""
    async with aiohttp.ClientSession() as session:
        (await Shop(url=url).by_aiohttp(session, "/orders/500")).raise_for_status()


def by_requests(url):
    """Ask an answer that nobody has read."""
    with Shop(url=url).by_requests("/orders/404") as answer:
        answer.raise_for_status()


ASKED = {
    "webhook.call": webhook,
    "http-service.get": lambda url: service(url).get("/orders/503").raise_for_status(),
    "http-service.aget": lambda url: asyncio.run(aget(url)),
    "shop.by_httpx": lambda url: Shop(url=url).by_httpx("/orders/500").raise_for_status(),
    "shop.by_requests": by_requests,
    "shop.by_aiohttp": lambda url: asyncio.run(by_aiohttp(url)),
}


async def reads_by_aiohttp(url):
    """Read an answer in asyncio."""
    async with aiohttp.ClientSession() as session:
        await (await Shop(url=url).by_aiohttp(session, "/orders/short")).text()


def reads_by_requests(url):
    """Read an answer whole."""
    with Shop(url=url).by_requests("/orders/short") as answer:
        answer.content  # noqa: B018  it reads


def reads_by_urllib3(url):
    """Read an answer whole."""
    with (
        urllib3.PoolManager(retries=False) as pool,
        Shop(url=url).by_urllib3(pool, "/orders/short") as answer,
    ):
        answer.read()


def reads_of_bucket(url):
    """Read an object whose body is cut off."""
    access = AwsCredentials(
        aws_access_key_id="me",
        aws_secret_access_key="hunter22",
        region_name="us-east-1",
        aws_client_parameters={"endpoint_url": url},
    )
    with closing(S3Bucket(bucket_name="lake", credentials=access).open_path("short")) as body:
        body.read()


def reads_a_file(url):
    """Read a file of fsspec, which asks once more."""
    files = RemoteFileSystem(basepath=f"{url}/orders", settings={"block_size": 0})
    with files.open_path("short", "r") as file:
        file.read()


def reads_in_context(url):
    """Read an answer that is open."""
    with Shop(url=url).opened("/orders/short") as answer:
        answer.read()


READ = {
    "shop.by_aiohttp": lambda url: asyncio.run(reads_by_aiohttp(url)),
    "shop.by_requests": reads_by_requests,
    "shop.by_urllib3": reads_by_urllib3,
    "shop.opened": reads_in_context,
    "s3-bucket.open_path": reads_of_bucket,
    "remote-file-system.open_path": reads_a_file,
}

ALONE = """
import sys
from peninsula import flow
from tests.integration.sdk import test_returned

@flow
def asks(url):
    getattr(test_returned, sys.argv[1])[sys.argv[2]](url)

asks(sys.argv[3])
"""


@pytest.fixture(params=["beside", "alone"])
def fails(request, told, web, home):
    """Run a flow that fails, and give its calls and its end.

    Once where calls without a block are observed beside them, and once where none are.
    """

    def fails(table, name):
        if request.param == "alone":
            env = {"PENINSULA_HOME": str(home), "PENINSULA_OBSERVE": "false"}
            with python("-c", ALONE, table, name, web.url, env=env) as program:
                assert program.wait() == 1
        else:
            failed(flow(partial(globals()[table][name], web.url), name="asks"))
        made = sorted(calls(told), key=lambda record: said(record)["started"])
        return made, state(told, "asks")

    return fails


@pytest.mark.parametrize("name", ASKED)
def test_an_answer_that_says_that_it_failed_is_a_failed_call(fails, name):
    """And what it raises when it is asked for its status leads back to that."""
    [call], end = fails("ASKED", name)
    assert call.event.event == f"peninsula.call.{name}.failed"
    assert said(call)["error_type"].startswith("HTTP ")
    assert end.follows == call.event.id


@pytest.mark.parametrize("name", READ)
def test_what_breaks_off_after_the_call_is_a_failed_call_of_its_own(fails, name):
    """About the same, and the run's failure follows it."""
    [made, *_, read], end = fails("READ", name)
    assert made.event.event == f"peninsula.call.{name}.completed"
    assert read.event.event == f"peninsula.call.{name.partition('.')[0]}.read.failed"
    assert read.event.resource == made.event.resource
    assert read.event.related == made.event.related
    assert end.follows == read.event.id


def test_of_blocks_in_blocks_the_innermost_is_known_again(told, web):
    """As what fails inside of both leads to it."""

    @flow
    def asks():
        Shop(url=web.url).by_inner("/orders/500").raise_for_status()

    failed(asks)
    inner, outer = calls(told)
    assert said(inner)["method"] == "by_httpx"
    assert told.events()[-1].event.follows == inner.event.id
    assert outer.event.event.endswith(".failed")


class Pipe:
    """A file that the other side has closed."""

    def read(self):
        """Raise."""
        raise ConnectionResetError


class Archive(Block):
    """A block whose files read from another."""

    def open(self):
        """Return one that says on its own what went wrong."""

        class File:
            raw = Pipe()

            def read(self):
                try:
                    return self.raw.read()
                except ConnectionResetError as problem:
                    raise OSError from problem

        return File()


def test_a_read_that_fails_by_what_it_reads_from_is_one_failed_call(told):
    """The innermost one is told, and the error that was raised from it leads to that."""

    @flow
    def asks():
        Archive().open().read()

    failed(asks)
    opened, read = calls(told)
    assert opened.event.event == "peninsula.call.archive.open.completed"
    assert said(read)["error_type"] == "ConnectionResetError"
    assert state(told, "asks").follows == read.event.id


def test_an_open_answer_leads_to_the_call_that_still_holds_it(told, web):
    """Which ends well: what its caller makes of it is the caller's."""

    @flow
    def asks():
        with Shop(url=web.url).opened("/orders/500") as answer:
            answer.raise_for_status()

    failed(asks)
    [call] = calls(told)
    assert call.event.event == "peninsula.call.shop.opened.completed"
    assert told.events()[-1].event.follows == call.event.id


def test_what_the_code_does_wrongly_with_a_file_is_no_failure_of_the_system(told, web):
    """It was read already, say."""

    @flow
    def asks():
        with Shop(url=web.url).opened("/orders/200") as answer:
            list(answer.iter_raw())
            list(answer.iter_raw())

    failed(asks)
    assert len(calls(told)) == 1
    assert told.events()[-1].event.follows is None


def test_an_answer_that_is_kept_elsewhere_is_as_it_was(told, web):
    """It is pickled as a result, say; what is known of it stays here."""

    @flow
    def asks():
        return pickle.loads(pickle.dumps(Shop(url=web.url).by_httpx("/orders/200")))

    assert asks().text == "ok"
    assert len(calls(told)) == 1


def test_a_file_that_cannot_be_written_at_its_end_is_a_failed_call(told):
    """It is its last part that is refused."""

    class Full(AbstractBufferedFile):
        def _upload_chunk(self, final=False):  # noqa: ARG002  as it is called
            raise OSError(ENOSPC, "full")

    class Disk(Block):
        def open(self):
            return Full(AbstractFileSystem(), "raw/orders.csv", "wb")

    @flow
    def asks():
        with Disk().open() as file:
            file.write(b"1")

    failed(asks)
    opened, written = calls(told)
    assert opened.event.event == "peninsula.call.disk.open.completed"
    assert written.event.event == "peninsula.call.disk.write.failed"
    assert told.events()[-1].event.follows == written.event.id


class Rows(Block):
    """A database of a user's."""

    url: str

    def many(self, connection):
        """Return rows that are fetched as they are asked for."""
        return connection.exec_driver_sql(MANY)


def test_rows_that_are_fetched_after_the_call_are_led_back_to_the_database(told, postgres_url):
    """SQLAlchemy or its driver says so."""

    @flow
    def asks():
        with engine(postgres_url).connect().execution_options(yield_per=10) as connection:
            process = connection.connection.dbapi_connection.info.backend_pid
            rows = Rows(url=postgres_url).many(connection)
            with closing(rows.cursor):
                for (number,) in rows:
                    if number == 5:
                        terminate(postgres_url, process)

    failed(asks)
    assert calls(told)[-1].event.event == "peninsula.call.psycopg.fetch.failed"
    assert told.events()[-1].event.follows == calls(told)[-1].event.id


def asks_plainly(url):
    """Ask without a block, and then the answer."""
    requests.get(f"{url}/orders/500", timeout=9).raise_for_status()


def asks_elsewhere(url):
    """Raise in the place of what led to it."""
    try:
        by_requests(url)
    except requests.HTTPError as problem:
        raise ValueError(url) from problem


def asks_as_reduced(url):
    """Fail by one that somebody else says how to pickle."""
    copyreg.pickle(OperationalError, lambda problem: (OperationalError, ("", None, problem.orig)))
    asks_by_block(url)


def asks_by_block(url):
    """Fail by an exception whose class leaves out of its pickles what is noted on it."""
    SqlDatabase(credentials=DatabaseCredentials(url="sqlite://")).query(
        f"select * from gone /* of {url} */"
    )


class OddError(Exception):
    """It answers for its attributes itself."""

    def __init__(self, payload):
        super().__init__(payload)
        self.payload = payload

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self.payload[name]


def asks_oddly(url):
    """Fail by an exception that knows no attribute but those it was given."""
    try:
        asks_plainly(url)
    except requests.HTTPError as problem:
        raise OddError({"code": 503}) from problem


@pytest.mark.parametrize(
    "ask", [asks_plainly, asks_elsewhere, asks_by_block, asks_as_reduced, asks_oddly]
)
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_an_error_that_comes_from_another_process_leads_to_its_call(told, web, method, ask):
    """Though neither the answer that it held came along, nor what led to it."""

    @flow
    def asks():
        with get_context(method).Pool(1) as pool:
            pool.map(ask, [web.url])

    failed(asks)
    emitter.current().close(0)
    [call] = calls(told)
    [end] = [each for each in told.events() if each.event.event == "peninsula.flow-run.failed"]
    assert end.event.follows == call.event.id


def test_an_error_that_comes_out_of_an_executor_is_as_without_peninsula(told):
    """It leads to its call; what the user pickles of its class is the class's alone."""

    @flow
    def asks():
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            failed(pool.submit(asks_by_block, "a").result)
            assert b"peninsula" not in pool.submit(pickled, "b").result()
            pool.submit(asks_by_block, "c").result()

    with pytest.raises(OperationalError, match="no such table: gone") as raised:
        asks()
    assert "asks_by_block" in str(raised.value.__cause__)
    emitter.current().close(0)
    [end] = [each for each in told.events() if each.event.event == "peninsula.flow-run.failed"]
    assert end.event.follows == calls(told, "query.failed")[-1].event.id


def pickled(url):
    """Return the pickle of such an exception."""
    try:
        asks_by_block(url)
    except OperationalError as problem:
        return pickle.dumps(problem)
