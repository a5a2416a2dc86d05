"""Calls of systems outside: told one by one, in sum where they are many, and as lost if killed."""

from __future__ import annotations

import asyncio
import ftplib
import json
import os
import struct
import threading
import time
import tracemalloc
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import httpx
import pytest

from peninsula import flow, task
from peninsula.blocks import Block, DatabaseCredentials, SqlDatabase, call, touches
from peninsula.core.errors import InvalidError
from peninsula.journal import emitter
from peninsula.sdk.outside.callbacks import is_raised_by
from peninsula.task_runners import ProcessPoolTaskRunner
from tests.support.processes import python, wait_until
from tests.support.soak import rounds


class Store(Block):
    """A system that does what it is told."""

    name: str = "store"

    def _system(self):
        return f"memory://{self.name}"

    def get(self, key: str = "k") -> bytes:
        """Return two bytes, or fail as the key says."""
        if key == "bad":
            raise ConnectionError(key)
        return b"12"

    def fail(self, kind: type[BaseException]):
        """Raise."""
        raise kind("as told")

    def wait(self, begun: threading.Barrier):
        """Meet others inside."""
        begun.wait()

    async def hang(self, begun: asyncio.Event):
        """Do not return."""
        begun.set()
        await asyncio.Event().wait()

    def pages(self):
        """Give three, and whatever it is sent."""
        try:
            yield from range(3)
        finally:
            self.get("closing")

    @contextmanager
    def session(self):
        """Stay open."""
        yield


def calls(told, end=""):
    """Return the records of calls whose name ends so."""
    named = [r for r in told.events() if r.event.event.startswith("peninsula.call.")]
    return [record for record in named if record.event.event.endswith(end)]


def said(record):
    """Return what the event's payload says."""
    return json.loads(bytes(record.event.payload))


def total(records, field="calls"):
    """Return how many calls these records tell of, or how many failed; each counts once."""
    rolled = [r for r in records if r.event.event.endswith(".rolled-up")]
    single = [r for r in records if r not in rolled and not said(r).get("counted")]
    sums = [said(record) for record in rolled]
    if field == "failures":
        failed = [record for record in single if record.event.event.endswith(".failed")]
        return len(failed) + sum(each.get("failures", 0) for each in sums)
    return len(single) + sum(each["calls"] + each.get("lost", 0) for each in sums)


# --- floods --------------------------------------------------------------------------------------


def test_of_many_calls_the_first_hundred_are_told_and_the_rest_in_sum(told):
    """The total, the bytes and the failures are exact."""

    @flow
    def many():
        store = Store()
        for number in range(1_000):
            with suppress(ConnectionError):
                store.get("bad" if number % 4 == 0 else "k")

    many()
    records = calls(told)
    assert total(records) == 1_000
    assert total(records, "failures") == 250
    assert len([r for r in records if not said(r).get("counted")]) == 201
    [rolled] = calls(told, ".rolled-up")
    assert (said(rolled)["calls"], said(rolled)["failures"]) == (800, 150)
    assert said(rolled)["bytes"] == 2 * 650
    assert said(rolled)["min"] <= said(rolled)["mean"] <= said(rolled)["max"]
    assert rolled.run == told.one("many").id
    assert told.events()[-1].event.event == "peninsula.flow-run.completed"


def test_each_run_has_its_own_first_hundred(told):
    """The key is of the run, of block or system, and of the method."""

    @task
    def some(name):
        for _ in range(60):
            Store(name=name).get()

    @flow
    def several():
        for name in ("a", "a", "b"):
            some(name)

    several()
    assert len(calls(told, ".completed")) == 180
    assert calls(told, ".rolled-up") == []


def test_a_failure_that_ends_the_run_is_told_however_many_there_were(told):
    """The run's failure follows it, and the total counts it once."""

    @flow
    def stubborn():
        store = Store()
        for _ in range(150):
            with suppress(ConnectionError):
                store.get("bad")
        store.get("bad")

    with pytest.raises(ConnectionError):
        stubborn()
    follows = told.one("stubborn").events[-1].follows
    [cause] = [record for record in calls(told, ".failed") if record.event.id == follows]
    assert said(cause)["counted"]
    assert total(calls(told)) == 151


def test_the_slowest_and_the_newest_failure_are_told_beside_the_sum(told):
    """Each once, and marked as counted."""

    @flow
    def many():
        for number in range(300):
            with suppress(ConnectionError):
                Store().get("bad" if number != 299 else "k")

    many()
    marked = [record for record in calls(told) if said(record).get("counted")]
    assert 1 <= len(marked) <= 2
    assert len({record.event.id for record in marked}) == len(marked)
    assert total(calls(told)) == 300


def test_a_call_that_another_one_follows_is_told_though_it_is_one_of_many(told):
    """Whether what follows it is told while it is under way, or later as the slowest."""
    slept = 0.02

    class Outer(Store):
        def read(self, number: int):
            """Use another system, from the hundredth time on."""
            if number > 100:
                Store(name="inner").get()
                Inner().sleep(slept if number == 300 else 0)

    class Inner(Store):
        def sleep(self, seconds: float):
            """Take so long."""
            time.sleep(seconds)

    @flow
    def many():
        outer = Outer()
        for number in range(400):
            outer.read(number)

    many()
    told_ones = {record.event.id: record for record in calls(told)}
    followers = [r for r in told_ones.values() if r.event.follows is not None]
    assert {r.event.event.split(".")[3] for r in followers} == {"get", "sleep"}
    assert all(record.event.follows in told_ones for record in followers)
    assert any(said(r)["seconds"] >= slept and said(r).get("counted") for r in followers)
    reads = [r for r in told_ones.values() if ".read." in r.event.event]
    assert total(reads) == 400


def test_memory_does_not_grow_with_calls(told):
    """What is kept of 20,000 calls is what is kept of 1,000."""
    import tracemalloc  # noqa: PLC0415  it slows down whatever imports it

    @flow
    def many():
        store = Store()
        for _ in range(1_000):
            store.get()
        tracemalloc.start()
        for _ in range(20_000):
            store.get()
        kept, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return kept

    assert many() < 100_000


def test_calls_outside_of_runs_are_told_too(told):
    """The sum comes with the end of the process, at the latest."""
    for _ in range(150):
        Store().get()
    emitter.current().close(0)
    assert total(calls(told)) == 150
    assert {record.run for record in calls(told)} == {None}


# --- kinds of calls ------------------------------------------------------------------------------


def test_a_generator_that_is_closed_early_completes(told):
    """Its end is its own, and a call while it closes is part of it."""
    pages = Store().pages()
    assert next(pages) == 0
    assert calls(told) == []
    pages.close()
    [record] = calls(told)
    assert record.event.event.endswith("pages.completed")
    assert said(record)["items"] == 1


class Feed(Store):
    """A system that gives one by one, and has to be waited for when it is left."""

    closed: bool = False

    async def rows(self):
        """Give two."""
        try:
            yield 1
            yield 2
        finally:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            self.closed = True


async def leave_half_way(feed):
    """Leave it in the loop's last step."""
    async for _ in feed.rows():
        return


async def hold(feed):
    """Hold it beyond the loop's end."""
    rows = feed.rows()
    await anext(rows)
    return rows


async def throw_in(feed):
    """Throw into it, and close what waits in its end."""
    rows = feed.rows()
    await anext(rows)
    end = rows.athrow(KeyError)
    end.send(None)
    with suppress(GeneratorExit):
        end.throw(GeneratorExit)


@pytest.mark.parametrize("use", [leave_half_way, hold, throw_in])
def test_an_async_generator_that_is_left_half_way_completes(told, use, caplog):
    """However its end is cut off; the loop closes it once."""
    asyncio.run(use(Feed()))
    [record] = calls(told)
    assert record.event.event.endswith("rows.completed")
    assert said(record)["items"] == 1
    assert [each.getMessage() for each in caplog.records if each.name == "asyncio"] == []


def test_an_async_generator_that_is_held_is_closed_by_its_loop(told):
    """As one that is not observed: its end is not cut off."""
    feed = Feed()
    asyncio.run(hold(feed))
    assert feed.closed
    assert len(calls(told)) == 1


def test_a_coroutine_that_is_closed_is_a_cancelled_call(told):
    """Whoever waited for it does not any more."""

    async def close_one():
        waiting = Store().hang(asyncio.Event())
        waiting.send(None)
        waiting.close()

    asyncio.run(close_one())
    [record] = calls(told)
    assert record.event.event.endswith("hang.cancelled")


def test_what_its_consumer_calls_between_two_values_is_not_part_of_a_generator(told):
    """Nor does it follow it."""
    store = Store()
    for _ in store.pages():
        store.get()
    assert [r.event.event.split(".")[-2] for r in calls(told)] == ["get", "get", "get", "pages"]
    assert {record.event.follows for record in calls(told)} == {None}


def test_an_error_of_the_body_is_no_failure_of_the_context(told):
    """The exception is not the system's, and does not say that it is."""
    with pytest.raises(ValueError, match="mine") as caught, Store().session():
        raise ValueError("mine")
    [record] = calls(told)
    assert record.event.event.endswith("session.completed")
    assert said(record)["left_by"] == "ValueError"
    assert not hasattr(caught.value, "_peninsula_event")


class Taker(Store):
    """A system that calls back what it is given."""

    def take(self, rows):
        """Draw them."""
        return list(rows)

    def apply(self, *fns, **named):
        """Call one."""
        return [*fns, *named.values()][0]()

    async def take_later(self, rows):
        """Draw them."""
        return [row async for row in rows]

    def throw(self, problem):
        """Raise what is given, which has been raised before."""
        raise problem

    def parse(self, text):
        """Be wrong itself."""
        return self.apply(lambda: {}[text])


class Rows:
    """Rows of the user's."""

    def __iter__(self):
        return self

    def __next__(self):
        return missing()


def missing(*_):
    """Be wrong."""
    return {}["nokey"]


def known():
    """Return an exception that holds frames."""
    try:
        missing()
    except KeyError as problem:
        return problem


async def missing_later():
    """Be wrong in a generator."""
    yield missing()


@pytest.mark.parametrize(
    "use",
    [
        lambda: Taker().take(missing() for _ in "a"),
        lambda: Taker().take(map(missing, "a")),
        lambda: Taker().take(Rows()),
        lambda: Taker().apply(missing),
        lambda: Taker().apply(fn=partial(missing, 1)),
        lambda: Taker().apply(lambda: json.loads("{")),
        lambda: Taker().apply(lambda: Path("/none").read_bytes()),
        lambda: asyncio.run(Taker().take_later(missing_later())),
        lambda: SqlDatabase(credentials=DatabaseCredentials(url="sqlite://")).insert(
            "t", ({"a": missing()} for _ in "a")
        ),
    ],
)
def test_what_given_code_raises_is_no_failure_of_the_system(told, use):
    """A generator of rows, a function: as with the body of a context."""
    with pytest.raises((KeyError, ValueError, FileNotFoundError)) as caught:
        use()
    record = calls(told)[-1]
    assert record.event.event.endswith(".completed")
    assert said(record)["left_by"] == caught.type.__qualname__
    assert not hasattr(caught.value, "_peninsula_event")


def test_rows_that_were_given_are_not_copied_where_a_call_fails():
    """A thousand of them are looked at, whatever holds them."""
    rows = [0] * 500_000
    given = ({0: missing}, rows, tuple(rows), deque(rows), dict.fromkeys(range(500_000)))
    try:
        missing()
    except KeyError as problem:
        error = problem
    tracemalloc.start()
    try:
        assert is_raised_by(given, error)
        assert tracemalloc.get_traced_memory()[1] < 200_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "use",
    [
        lambda: Taker().take(Taker().get(key) for key in ["bad"]),
        lambda: (own := Taker()).take(own.get(key) for key in ["bad"]),
        lambda: Taker().parse("text"),
        lambda: Taker().apply(lambda: httpx.get("http://127.0.0.1:1")),
        lambda: Taker().apply(lambda: ftplib.FTP().connect("127.0.0.1", 1)),
        lambda: Taker().take(3),
        lambda: Taker().throw(known()),
    ],
)
def test_what_given_code_only_passes_on_is_a_failure(told, use):
    """What another call has raised in it, or a library; and what the block itself does wrongly."""
    with pytest.raises(Exception) as caught:  # noqa: PT011  of several kinds
        use()
    failures = calls(told, "failed")
    assert failures
    assert caught.value._peninsula_event == failures[0].event.id


class Later(Store):
    """A system whose methods return what is to be begun by their caller."""

    def drawn(self, keys=("k",)):
        """Give what is asked for one by one."""
        return (self.get(key) for key in keys)

    def awaited(self):
        """Wait for it."""

        async def wait():
            return self.get()

        return wait()

    def drawn_async(self):
        """Give what is waited for."""

        async def give():
            yield self.get()

        return give()


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
@pytest.mark.parametrize("method", ["drawn", "awaited", "drawn_async"])
def test_what_is_returned_and_never_begun_completes_when_it_is_gone(told, method):
    """Its method has returned; nothing else comes of it."""
    kept = getattr(Later(), method)()
    assert calls(told) == []
    del kept
    [record] = calls(told)
    assert record.event.event.endswith(f"{method}.completed")
    assert "items" not in said(record)


def test_what_is_returned_and_begun_ends_after_what_it_does_at_its_end(told):
    """Also where it is gone in the middle: a call while it closes is part of it."""

    class Closing(Store):
        def given(self):
            return self.pages()

        def pages(self):
            def give():
                try:
                    yield 1
                finally:
                    self.get("closing")

            return give()

    pages = Closing().given()
    assert next(pages) == 1
    del pages
    [record] = calls(told)
    assert record.event.event.endswith("given.completed")
    assert said(record)["items"] == 1


async def cancel_one():
    """Cancel a call while it hangs."""
    begun = asyncio.Event()
    task_ = asyncio.create_task(Store().hang(begun))
    await begun.wait()
    task_.cancel()
    with suppress(asyncio.CancelledError):
        await task_


def test_a_cancelled_call_says_so(told):
    """It neither failed nor completed."""
    asyncio.run(cancel_one())
    [record] = calls(told)
    assert record.event.event.endswith("hang.cancelled")


def test_a_call_that_is_out_of_time_is_cancelled(told):
    """The run's time limit ends it."""

    @flow(timeout_seconds=0.2)
    async def slow():
        await Store().hang(asyncio.Event())

    with pytest.raises(TimeoutError):
        asyncio.run(slow())
    [record] = calls(told)
    assert record.event.event.endswith("hang.cancelled")
    assert record.run == told.one("slow").id


def test_calls_at_once_in_one_loop_are_told_each(told):
    """One task's call is not part of another's."""

    async def many():
        begun = [asyncio.Event() for _ in range(50)]
        store = Store()
        tasks = [asyncio.create_task(store.hang(each)) for each in begun]
        for each in begun:
            await each.wait()
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(many())
    assert len(calls(told, "hang.cancelled")) == 50


def test_an_exception_that_is_raised_again_in_another_call_says_the_other(told):
    """Only a call inside of a call keeps what it said."""
    error = ConnectionError("kept")

    class Again(Block):
        def go(self):
            raise error

    with suppress(ConnectionError):
        Again().go()
    with suppress(ConnectionError):
        Again().go()
    assert error._peninsula_event == calls(told)[-1].event.id


def test_a_use_without_a_block_is_told(told):
    """`with call(…)`, sync and async; a wrong address is refused."""
    with call("ftp", "fetch", "ftp://user:secret@files/in"):
        touches("ftp://files/in/a.csv")

    async def later():
        async with call("ftp", "fetch", "ftp://files/in"):
            raise ConnectionError("gone")

    with suppress(ConnectionError):
        asyncio.run(later())
    first, second = calls(told)
    assert first.event.resource.id == "ftp://files/in/a.csv"
    assert second.event.event == "peninsula.call.ftp.fetch.failed"
    with pytest.raises(InvalidError):
        call("ftp", "fetch", "nowhere")


# --- threads and processes -----------------------------------------------------------------------


def test_threads_lose_and_double_nothing(told):
    """Eight of them, with one block, beyond the first hundred."""

    @flow
    def wide():
        store = Store()
        with ThreadPoolExecutor(8) as pool:
            for _ in pool.map(lambda _: [store.get() for _ in range(200)], range(8)):
                pass

    wide()
    emitter.current().close(0)
    assert total(calls(told)) == 1_600


def _by_pool(store):
    with ThreadPoolExecutor(2) as pool:
        pool.submit(store.get, "bad").result()


def _by_thread(store):
    failed = []

    def get():
        try:
            store.get("bad")
        except ConnectionError as error:
            failed.append(error)

    thread = threading.Thread(target=get)
    thread.start()
    thread.join()
    raise failed[0]


def _by_loop(store):
    async def get():
        await asyncio.get_running_loop().run_in_executor(None, store.get, "bad")

    asyncio.run(get())


@pytest.mark.parametrize("way", [_by_pool, _by_thread, _by_loop])
def test_a_thread_that_a_run_begins_calls_for_it(told, way):
    """Whichever way the user begins it: the run has used the block, and failed by it."""

    @flow
    def fans():
        way(Store())

    with pytest.raises(ConnectionError):
        fans()
    (record,) = calls(told, ".failed")
    assert record.run == record.root == told.one("fans").id
    (end,) = (r for r in told.events() if r.event.event == "peninsula.flow-run.failed")
    assert end.event.follows == record.event.id


def test_a_thread_of_another_run_calls_for_the_one_that_submits(told):
    """An executor of a module has threads that the first run began."""
    store = Store()
    with ThreadPoolExecutor(1) as pool:

        @flow
        def fetches():
            pool.submit(store.get).result()

        fetches()
        fetches()
        pool.submit(store.get).result()
    first, second = (run.id for run in told.all("fetches"))
    assert [record.run for record in calls(told)] == [first, second, None]


def test_calls_in_threads_of_a_call_are_part_of_it(told):
    """As those inside of it in its own thread are: one call, and not three."""

    class Parallel(Store):
        """Uses threads of its own."""

        def both(self):
            """Get twice at once."""
            with ThreadPoolExecutor(2) as pool:
                return [*pool.map(self.get, "ab")]

    @flow
    def fetches():
        Parallel().both()

    fetches()
    (record,) = calls(told)
    assert record.event.event == "peninsula.call.parallel.both.completed"


def test_more_calls_at_once_than_there_are_slots_are_all_told(told):
    """Those beyond are counted as well, and the total is exact."""
    store, together = Store(), threading.Barrier(150)
    threads = [threading.Thread(target=store.wait, args=(together,)) for _ in range(150)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    emitter.current().close(0)
    assert total(calls(told)) == 150


def test_tasks_in_other_processes_tell_theirs(told):
    """Tied to the task run, whichever process that is in."""

    @flow(task_runner=ProcessPoolTaskRunner(max_workers=2))
    def spread():
        return [each.result() for each in [get_away.submit() for _ in range(4)]]

    spread()
    records = calls(told)
    assert total(records) == 4
    assert {record.run for record in records} == {run.id for run in told.all("get-away")}


@task(name="get-away")
def get_away():
    """Call in another process."""
    return Store().get()


def call_many(count):
    """Call as a child of multiprocessing does."""
    for _ in range(count):
        Store().get()


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_children_of_multiprocessing_tell_theirs(told, method):
    """In a journal of their own, the sum included."""
    Store().get()
    child = get_context(method).Process(target=call_many, args=(150,))
    child.start()
    child.join()
    emitter.current().close(0)
    assert total(calls(told)) == 151


CHILDREN = """
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from peninsula import flow, task
from peninsula.blocks import Block

class Store(Block):
    def get(self, key):
        if key == "bad":
            raise ConnectionError(key)

    def split(self, context):
        process = context.Process(target=get, args=("inner",))
        process.start()
        process.join()

def get(key):
    Store().get(key)

@flow
def by_process(context):
    Store().split(context)

@flow
def by_pool(context):
    with context.Pool(1) as pool:
        pool.apply(get, ("a",))
        pool.map(get, ["b", "c"])
        [*pool.imap(get, "d")]
        pool.close()
        pool.join()

@flow
def by_executor(executor):
    executor.submit(get, "bad").result()

@flow
def by_task(executor):
    get_in_task(executor)

@task
def get_in_task(executor):
    [*executor.map(get, "ab")]

if __name__ == "__main__":
    context = get_context(sys.argv[1])
    by_process(context)
    by_pool(context)
    with ProcessPoolExecutor(1, mp_context=context) as executor:
        by_executor(executor, return_state=True)
        by_task(executor)
        executor.submit(get, "outside").result()
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_process_that_a_run_begins_calls_for_it(told, run_script, method):
    """However it is begun; one that serves several runs calls for the one that has sent the job."""
    run_script(CHILDREN, method).succeed()
    names = ("by-process", "by-pool", "by-executor", "by-task")
    of = {told.one(name).id: name for name in names}
    found = calls(told)
    assert sorted(of.get(record.root, "none") for record in found) == [
        "by-executor",
        *["by-pool"] * 4,
        *["by-process"] * 2,
        *["by-task"] * 2,
        "none",
    ]
    outer, inner = sorted(
        (record for record in found if of.get(record.root) == "by-process"),
        key=lambda record: record.event.event,
        reverse=True,
    )
    assert inner.event.follows == outer.event.id
    [failed] = calls(told, ".failed")
    [end] = [each for each in told.events() if each.event.event == "peninsula.flow-run.failed"]
    assert end.event.follows == failed.event.id


def test_a_fork_in_the_middle_of_a_call_tells_it_once(told):
    """The parent does; what the child calls in it is the child's."""

    class Forking(Store):
        def split(self):
            if (child := os.fork()) == 0:
                self.get()
                emitter.current().close(0)
                os._exit(0)
            os.waitpid(child, 0)

    Forking().split()
    outer, inner = sorted(calls(told), key=lambda record: record.event.event, reverse=True)
    assert outer.event.event.endswith("split.completed")
    assert inner.event.event.endswith("get.completed")
    assert inner.event.follows == outer.event.id


# --- killed --------------------------------------------------------------------------------------

FLOOD = """
import mmap, struct, sys, threading
from peninsula import flow
from peninsula.blocks import Block, touches

file = open(sys.argv[1], "r+b")
counted = mmap.mmap(file.fileno(), 8)

class Store(Block):
    def _system(self):
        return "s3://lake"

    def get(self, number):
        struct.pack_into("<Q", counted, 0, number)
        if number == int(sys.argv[2]):
            touches("s3://lake/hangs")
            print("hangs", flush=True)
            threading.Event().wait()
        if number % 7 == 0:
            raise ConnectionError

@flow
def flood():
    store = Store()
    for number in range(1, 1_000_000):
        try:
            store.get(number)
        except ConnectionError:
            pass

flood()
"""


@pytest.fixture
def counter(tmp_path):
    """A file in which the program counts its calls itself."""
    file = tmp_path / "counted"
    file.write_bytes(bytes(8))
    return file


def adopt():
    """Have the local database take in what was left, as any command does."""
    with python("-m", "peninsula", "flow-run", "ls") as command:
        command.succeed()


def test_a_call_that_hangs_when_its_process_is_killed_is_named(told, run_script, counter, home):
    """As the 5,001st, with its path; the total is exact, and no file stays behind."""
    program = run_script(FLOOD, str(counter), "5001")
    program.wait_for_line("hangs")
    program.kill()
    adopt()
    [lost] = calls(told, ".lost")
    assert lost.event.resource.id == "s3://lake/hangs"
    assert lost.run == told.one("flood").id
    assert total(calls(told)) == 5_001
    assert total(calls(told), "failures") == 5_001 // 7
    assert list(home.glob("*/*/calls")) == []


DROPPED = """
import sys, threading
from peninsula import flow
from peninsula.blocks import Block

class Store(Block):
    def _system(self):
        return "s3://lake"

    def lazy(self):
        return (number for number in range(3))

    def hang(self):
        print("hangs", flush=True)
        threading.Event().wait()

kept = []

@flow
def drop(store):
    for _ in range(1_000):
        store.lazy()
    kept.append(store.lazy())
    if sys.argv[1] == "hang":
        store.hang()

drop(Store())
"""


def test_what_was_never_begun_takes_no_place_of_what_hangs(told, run_script):
    """However many there were: the call that hangs is named."""
    program = run_script(DROPPED, "hang")
    program.wait_for_line("hangs")
    program.kill()
    adopt()
    assert "hang" in {said(record)["method"] for record in calls(told, ".lost")}
    assert total(calls(told)) == 1_002


HELD = """
import threading
from peninsula import flow
from peninsula.blocks import Block

class Store(Block):
    def _system(self):
        return "s3://lake"

    def lazy(self):
        return (self.hang() for _ in range(3))

    def hang(self):
        # As one text: print writes part by part, and another thread between them.
        print(f"{type(self).__name__} hangs\\n", end="", flush=True)
        threading.Event().wait()

class Other(Store):
    pass

@flow
def hold(store):
    held = [store.lazy() for _ in range(300)]
    threading.Thread(target=lambda: Other().hang(), daemon=True).start()
    next(held[7])

hold(Store())
"""


def test_what_is_held_and_not_begun_leaves_its_place_to_what_hangs(told, run_script):
    """Of hundreds, the one that was begun at last is named, and all of them are counted."""
    program = run_script(HELD)
    program.wait_for_line("Store hangs")
    program.wait_for_line("Other hangs")
    program.kill()
    adopt()
    lost = sorted(said(record)["method"] for record in calls(told, ".lost"))
    assert lost == ["hang", "lazy"]
    assert total(calls(told)) == 301


DRAWN = """
import threading
from peninsula import flow
from peninsula.blocks import Block

class Store(Block):
    def _system(self):
        return "s3://lake"

    def rows(self):
        yield 1
        print("rows hangs\\n", end="", flush=True)
        threading.Event().wait()

    def hang(self):
        print("hang hangs\\n", end="", flush=True)
        threading.Event().wait()

@flow
def draw(store):
    drawn = [store.rows() for _ in range(300)]
    for rows in drawn:
        next(rows)
    threading.Thread(target=store.hang, daemon=True).start()
    next(drawn[-1])

draw(Store())
"""


def test_what_waits_for_its_caller_leaves_its_place_to_what_hangs(told, run_script):
    """Of hundreds that were begun, only those at work are said to be, and all are counted."""
    program = run_script(DRAWN)
    program.wait_for_line("rows hangs")
    program.wait_for_line("hang hangs")
    program.kill()
    adopt()
    lost = [said(record) for record in calls(told, ".lost")]
    assert sorted(each["method"] for each in lost if "idle" not in each) == ["hang", "rows"]
    assert total(calls(told)) == 301


IDLE = """
import threading
from peninsula import flow
from peninsula.blocks import Block

class Store(Block):
    def _system(self):
        return "s3://lake"

    def rows(self):
        yield 1
        print("hangs", flush=True)
        threading.Event().wait()

@flow
def draw(store):
    waits, works = store.rows(), store.rows()
    next(waits)
    next(works)
    next(works)

draw(Store())
"""


def test_a_generator_between_two_values_says_that_it_waited(told, run_script):
    """It did not return, and nothing outside was the matter with it."""
    program = run_script(IDLE)
    program.wait_for_line("hangs")
    program.kill()
    adopt()
    waits, works = sorted(map(said, calls(told, ".lost")), key=lambda each: each["started"])
    assert (waits["idle"], "idle" in works) == (True, False)


def test_what_is_never_begun_is_not_lost_at_a_normal_end(told, run_script):
    """Not even if it is kept until then."""
    run_script(DROPPED, "end").succeed()
    adopt()
    assert calls(told, ".lost") == []
    assert total(calls(told)) == 1_001


@pytest.mark.parametrize("_", range(rounds(2, 20)))
def test_the_total_is_exact_whenever_it_is_killed(told, run_script, counter, home, random, _):
    """In the middle of a flood, at any moment: each call is told, counted or lost, once."""
    program = run_script(FLOOD, str(counter), "0")
    wait_until(lambda: any(counter.read_bytes()), what="the first call")
    assert program.kill_within(1.5, random)
    adopt()
    (reached,) = struct.unpack("<Q", counter.read_bytes())
    assert reached <= total(calls(told)) <= reached + 1
    assert len(calls(told, ".lost")) <= 1
