"""A result is made once and found again: by policy, key, template, expiration and lock."""

from __future__ import annotations

import asyncio
import fcntl
import gc
import threading
import time
import weakref
from datetime import timedelta
from functools import partial

import msgspec
import pytest

from peninsula import flow, task
from peninsula.cache_policies import (
    DEFAULT,
    FLOW_PARAMETERS,
    INPUTS,
    NO_CACHE,
    RUN_ID,
    TASK_SOURCE,
    CachePolicy,
)
from peninsula.core.errors import InvalidError
from peninsula.locking.filesystem import FileSystemLockManager
from peninsula.locking.memory import MemoryLockManager
from peninsula.transactions import IsolationLevel


def counted(**options):
    """Return a task that says how often it was called, and the list in which it says so."""
    calls: list[object] = []

    @task(**options)
    def work(value, other=None):
        calls.append(value)
        return [value]

    return work, calls


def test_nothing_is_kept_unless_asked_for(home):
    """A plain task runs each time, and leaves no file."""
    work, calls = counted()
    assert (work(1), work(1)) == ([1], [1])
    assert calls == [1, 1]
    assert not (home / "results").exists()


def test_equal_inputs_are_one_call(told):
    """The second run is Cached, without having run, and says where its result came from."""
    work, calls = counted(cache_policy=INPUTS)
    assert (work(1), work(1), work(2)) == ([1], [1], [2])
    assert calls == [1, 2]
    first, second, _ = told.all("work")
    assert [run.states for run in (first, second)] == [["Running", "Completed"], ["Cached"]]
    details = second.changes[-1].details
    assert details["cached_from"] == str(first.id)
    assert details["result"].startswith("file:///")
    assert first.changes[-1].details["result"] == details["result"]


def test_async_tasks_are_cached_as_well(told):
    """By the same life."""
    calls = []

    @task(cache_policy=INPUTS)
    async def work(value):
        calls.append(value)
        return value

    async def twice():
        return [await work(1), await work(1)]

    assert asyncio.run(twice()) == [1, 1]
    assert calls == [1]
    assert [run.state for run in told.all("work")] == ["Completed", "Cached"]


def test_submitted_and_mapped_tasks_are_cached(told):
    """Futures have the state and the result."""
    work, calls = counted(cache_policy=INPUTS)

    @flow
    def etl():
        work(1)
        future = work.submit(1)
        future.wait()
        return future.state.name, work.map([1, 1]).result()

    assert etl() == ("Cached", [[1], [1]])
    assert calls == [1]


def test_the_default_policy_caches_within_a_flow_run():
    """Another flow run makes the result anew."""
    work, calls = counted(persist_result=True)

    @flow
    def etl():
        return work(1), work(1)

    etl()
    assert calls == [1]
    etl()
    assert calls == [1, 1]


def test_a_flow_that_is_retried_takes_finished_tasks_from_their_results(told):
    """Only what failed runs again."""
    work, calls = counted()
    failures = [True]

    @flow(retries=1, persist_result=True)
    def etl():
        work(1)
        if failures.pop():
            failures.append(False)
            raise ValueError("once")

    etl()
    assert calls == [1]
    assert [run.state for run in told.all("work")] == ["Completed", "Cached"]


def test_policies_are_added_and_inputs_left_out():
    """A sum looks at all its parts."""
    work, calls = counted(cache_policy=INPUTS + TASK_SOURCE - "other")
    work(1, other=1)
    work(1, other=2)
    work(2, other=1)
    assert calls == [1, 2]


def test_flow_parameters_make_calls_the_same():
    """Runs of a flow with equal parameters share results."""
    work, calls = counted(cache_policy=FLOW_PARAMETERS)

    @flow
    def etl(day):
        return work(object())  # which no policy of inputs could take

    first, again, other = etl(1), etl(1), etl(2)
    assert len(calls) == 2
    assert (type(first[0]), type(again[0]), type(other[0])) == (object,) * 3


def test_a_run_id_is_that_of_the_flow_run():
    """Whatever the inputs are."""
    work, calls = counted(cache_policy=RUN_ID)

    @flow
    def etl():
        return work(1), work(2)

    assert etl() == ([1], [1])
    assert calls == [1]


def test_no_cache_keeps_without_finding(home):
    """Each result is kept for itself."""
    work, calls = counted(persist_result=True, cache_policy=NO_CACHE)
    work(1)
    work(1)
    assert calls == [1, 1]
    assert len(list((home / "results/runs").iterdir())) == 2


def test_sums_with_no_cache_are_the_rest():
    """And a policy is configured without changing the one it came from."""
    assert NO_CACHE + INPUTS == INPUTS + NO_CACHE
    assert INPUTS.configure(key_storage="a").key_storage == "a"
    assert INPUTS.key_storage is None
    with pytest.raises(InvalidError, match="key_storage"):
        INPUTS.configure(key_storage="a") + RUN_ID.configure(key_storage="b")
    with pytest.raises(InvalidError, match="name of an input"):
        DEFAULT - 3


def test_a_key_function_says_what_is_the_same():
    """It is told the run and the parameters; None is: not this one."""

    def key(context, parameters):
        assert context.task.name == "work"
        assert context.task_run.parameters == context.parameters == parameters
        return None if parameters["value"] == 3 else f"same-{parameters['value'] % 2}"

    work, calls = counted(cache_key_fn=key)
    assert [work(n) for n in (1, 2, 3, 3, 4, 5)] == [[1], [2], [3], [3], [2], [1]]
    assert calls == [1, 2, 3, 3]


def test_a_key_that_cannot_be_made_is_logged_and_the_task_runs(told):
    """Caching is no reason to fail."""

    @task(cache_policy=INPUTS)
    def work(lines):
        return list(lines)

    assert work(each for each in [1]) == [1]
    (run,) = told.all("work")
    assert any("INPUTS - " in line for line in run.log)


def test_a_template_names_the_result(home, told):
    """By parameters and by what runs."""
    work, calls = counted(result_storage_key="days/{parameters[value]}-{flow_run.flow_name}.bin")

    @flow
    def etl():
        return work("monday"), work("monday")

    assert etl() == (["monday"], ["monday"])
    assert calls == ["monday"]
    assert (home / "results/days/monday-etl.bin").exists()


def test_a_result_expires():
    """Then it is made anew."""
    work, calls = counted(cache_policy=INPUTS, cache_expiration=timedelta(milliseconds=1))
    work(1)
    time.sleep(0.002)
    work(1)
    kept, more = counted(cache_policy=INPUTS, cache_expiration=timedelta(days=1))
    kept(2)
    kept(2)
    assert (calls, more) == ([1, 1], [2])


def test_refreshing_makes_a_result_anew(monkeypatch):
    """By the task's option, or for all by the setting."""
    work, calls = counted(cache_policy=INPUTS, refresh_cache=True)
    work(1)
    work(1)
    assert calls == [1, 1]
    again, more = counted(cache_policy=INPUTS)
    again(1)
    assert more == []


def test_results_are_kept_where_the_policy_says(home, tmp_path):
    """A policy's storage is before the task's."""
    policy = INPUTS.configure(key_storage=tmp_path / "keys")
    work, _ = counted(cache_policy=policy)
    work(1)
    assert len(list((tmp_path / "keys").iterdir())) == 1
    assert not (home / "results").exists()


@pytest.mark.parametrize("kind", ["memory", "files"])
def test_one_at_a_time_makes_a_serializable_result(kind, tmp_path):
    """The others wait, and find it."""
    locks = MemoryLockManager() if kind == "memory" else FileSystemLockManager(tmp_path / "locks")
    calls = []

    @task(
        cache_policy=INPUTS.configure(
            isolation_level=IsolationLevel.SERIALIZABLE, lock_manager=locks
        )
    )
    def slow(value):
        calls.append(value)
        time.sleep(0.05)
        return threading.get_ident()

    @flow
    def etl():
        return slow.map([7] * 5).result()

    assert len(set(etl())) == 1
    assert calls == [7]


def test_a_lock_is_free_again_when_its_holder_failed():
    """The next one makes the result."""
    calls = []

    @task(cache_policy=INPUTS.configure(isolation_level=IsolationLevel.SERIALIZABLE))
    def fragile(value):
        calls.append(value)
        if len(calls) == 1:
            raise ValueError("first")
        return value

    assert fragile(1, return_state=True).is_failed()
    assert fragile(1) == 1


def test_a_coroutine_that_is_cancelled_while_it_waits_leaves_the_lock_to_others(tmp_path):
    """Cancelled by the code around it, not by an order: its thread gives up, too."""
    locks = FileSystemLockManager(tmp_path / "locks")
    policy = INPUTS.configure(isolation_level=IsolationLevel.SERIALIZABLE, lock_manager=locks)
    asked = threading.Event()

    @task(cache_policy=policy)
    async def work(value):
        return value

    def watch(key: str, holder: str) -> bool:
        asked.set()
        return FileSystemLockManager.try_lock(locks, key, holder)

    locks.try_lock = watch
    key = work.cache_policy.compute_key(None, {"value": 1}, {})
    assert FileSystemLockManager.try_lock(locks, key, "somebody")

    async def cancelled():
        waiting = asyncio.create_task(work(1))
        await asyncio.to_thread(asked.wait, 10)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(cancelled())  # which waits for its threads
    locks.release_lock(key, "somebody")
    assert FileSystemLockManager.try_lock(locks, key, "the next")


def test_options_that_cannot_be_are_named():
    """With the fix."""
    with pytest.raises(InvalidError, match="cache_policy and a cache_key_fn"):
        task(cache_policy=INPUTS, cache_key_fn=lambda *_: "a")(print)
    with pytest.raises(InvalidError, match="timedelta"):
        task(cache_expiration=3)(len)
    with pytest.raises(InvalidError, match="cache_policies"):
        task(cache_policy="inputs")(len)
    with pytest.raises(InvalidError, match="persist_result"):
        task(persist_result="yes")(len)


def test_a_policy_of_ones_own():
    """Needs one method."""

    class ByLength(CachePolicy):
        def compute_key(self, task_ctx, inputs, flow_parameters, **more):  # noqa: ARG002  the interface
            return f"length-{len(inputs['value'])}"

    work, calls = counted(cache_policy=ByLength())
    work("ab")
    work("cd")
    work("efg")
    assert calls == ["ab", "efg"]


class Repo:
    """Somewhere that rows come from."""

    kind = "repo"

    def __init__(self, name):
        self.name = name

    @task(cache_policy=INPUTS)
    def fetch(self, number):
        """Return a row."""
        return f"{self.name}-{number}"

    @task
    def plain(self, number):
        """Return a row, kept where the flow says so."""
        return f"{self.name}-{number}"

    @task(cache_policy=INPUTS)
    @classmethod
    def where(cls, number):
        """Return a place."""
        return f"{cls.kind}-{number}"

    @classmethod
    @task(cache_policy=INPUTS)
    def where_too(cls, number):
        """Return a place, declared the other way round."""
        return f"{cls.kind}-{number}"


class Lake(Repo):
    """Another."""

    kind = "lake"


def test_methods_of_unlike_objects_are_unlike_calls(told):
    """Their object is part of the key, and none of the run's parameters."""
    assert [Repo(name).fetch(1) for name in "aba"] == ["a-1", "b-1", "a-1"]
    assert [Repo(name).fetch.with_options(name="fetch")(2) for name in "ab"] == ["a-2", "b-2"]
    runs = told.all("fetch")
    assert [run.state for run in runs[:3]] == ["Completed", "Completed", "Cached"]
    assert set(msgspec.json.decode(runs[0].changes[0].born.parameters)) == {"number"}


@pytest.mark.parametrize("runner", ["threads", "processes"])
def test_submitted_methods_of_unlike_objects_are_unlike_calls(runner, request):
    """By every way of calling, and by a flow's `persist_result`."""
    options = {} if runner == "threads" else {"task_runner": request.getfixturevalue(runner)}

    @flow(persist_result=True, **options)
    def etl():
        repos = Repo("a"), Repo("b")
        return (
            [each.fetch.submit(1).result() for each in repos],
            [each.plain.submit(1).result() for each in repos],
            [each.fetch.map([2, 3]).result() for each in repos],
        )

    assert etl() == (["a-1", "b-1"], ["a-1", "b-1"], [["a-2", "a-3"], ["b-2", "b-3"]])


def test_class_methods_of_unlike_classes_are_unlike_calls():
    """In either order of the decorators."""
    assert [each.where(1) for each in (Repo, Lake, Repo)] == ["repo-1", "lake-1", "repo-1"]
    assert [each.where_too(1) for each in (Repo, Lake)] == ["repo-1", "lake-1"]


def test_a_key_function_is_given_the_object(told):
    """Under the name that the method has for it, also in the context."""

    class Table:
        def __init__(self, name):
            self.name = name

        @task(cache_key_fn=lambda _, given: f"{given['self'].name}{sorted(given)}")
        def rows(self, day):
            return f"{self.name}-{day}"

        @task(cache_key_fn=lambda context, _: context.parameters["table"].name)
        def count(table):  # noqa: N805  a name of one's own
            return table.name

    assert [Table(name).rows("monday") for name in "ab"] == ["a-monday", "b-monday"]
    assert [Table(name).count() for name in "aba"] == ["a", "b", "a"]
    assert [run.state for run in told.all("count")] == ["Completed", "Completed", "Cached"]


def test_an_object_without_content_is_kept_and_not_cached(told):
    """And the log says that it is the object, and how to leave it out."""

    class Locked:
        def __init__(self):
            self.lock = threading.Lock()

        @task(cache_policy=INPUTS)
        def work(self, number):
            return number

        @task(cache_policy=INPUTS - "self")
        def shared(self, number):
            return number

    assert (Locked().work(1), Locked().work(1)) == (1, 1)
    assert (Locked().shared(1), Locked().shared(1)) == (1, 1)
    assert [run.state for run in told.all("work")] == ["Completed", "Completed"]
    assert any('INPUTS - "self"' in line for line in told.all("work")[0].log)
    assert told.all("shared")[1].state == "Cached"


def test_what_keys_were_made_from_is_not_held():
    """Neither the objects of methods, nor functions that were made for one call."""

    def made():
        @task(persist_result=True)
        def inner():
            return 1

        return inner

    repo, inner = Repo("a"), made()
    repo.plain.with_options(persist_result=True)(1)
    inner()
    gone = [weakref.ref(repo), weakref.ref(inner.fn)]
    del repo, inner
    gc.collect()
    assert [each() for each in gone] == [None, None]


def test_a_lock_that_is_released_leaves_no_file(tmp_path, monkeypatch):
    """Who opened the file before it went does not believe to have the lock."""
    folder = tmp_path / "locks"
    one, two = FileSystemLockManager(folder), FileSystemLockManager(folder)
    assert one.try_lock("k", "one")
    flock = fcntl.flock

    def late(file, how):
        monkeypatch.undo()
        one.release_lock("k", "one")
        flock(file, how)

    monkeypatch.setattr("fcntl.flock", late)
    assert not two.try_lock("k", "two")
    assert list(folder.iterdir()) == []
    assert two.try_lock("k", "two")
    assert not one.try_lock("k", "one")


@pytest.mark.parametrize(
    "key",
    [
        "https://lake/raw?day=1",
        "/data/orders.csv",
        "../up",
        "k" * 300,
        "a\nb",
        "k" * 2_000,
        "\ud800",
    ],
    ids=["url", "path", "up", "long", "lines", "page", "surrogate"],
)
def test_any_text_is_a_key(key, told, home):
    """What is no name for a file is found by its digest; the state says the key itself."""
    policy = CachePolicy.from_cache_key_fn(lambda *_: key).configure(isolation_level="SERIALIZABLE")
    work, calls = counted(cache_policy=policy)
    assert (work(1), work(1)) == ([1], [1])
    assert calls == [1]
    (kept,) = (home / "results").iterdir()
    shown = key if len(key) <= 300 and key.isascii() else kept.name
    assert [run.changes[-1].details["cache_key"] for run in told.all("work")] == [shown] * 2


def test_a_template_that_makes_no_name_fails_its_run():
    """It is meant to be the name of a file."""
    work, _ = counted(result_storage_key="../{parameters[value]}")
    state = work(1, return_state=True)
    assert state.is_failed()
    assert "no key of a result" in state.message


def test_what_a_partial_was_made_with_is_part_of_the_key():
    """By its name, so that it can be left out as well."""

    def add(a, b, *, c=0, verbose=False):
        return a + b + c

    def kept(*args, policy=INPUTS, **kwargs):
        return task(cache_policy=policy)(partial(add, *args, **kwargs))

    assert (kept(1)(1), kept(2)(1)) == (2, 3)
    assert (kept(1, c=10)(1), kept(1, c=20)(1)) == (12, 22)
    assert kept(2)(1, return_state=True).name == "Cached"
    quiet = INPUTS - "a"
    assert kept(5, policy=quiet)(1) == kept(6, policy=quiet)(1)


def test_local_classes_of_one_name_are_unlike():
    """What differs in their code makes other keys; the same class made again does not."""

    def made(factor, *, plus=False):
        class Scale:
            size = factor

            if plus:

                def of(self, number):
                    return number + self.size
            else:

                def of(self, number):
                    return number * self.size

        return Scale()

    @task(cache_policy=INPUTS)
    def scaled(scale):
        return scale.of(10)

    assert [scaled(made(2)), scaled(made(3)), scaled(made(2, plus=True))] == [20, 30, 12]
    assert scaled(made(2), return_state=True).name == "Cached"
