"""What tasks do together is kept together, or undone."""

from __future__ import annotations

import asyncio
import logging
import pickle
import threading
from contextlib import suppress

import pytest

from peninsula import flow, task
from peninsula.cache_policies import INPUTS, CachePolicy
from peninsula.core.errors import (
    InvalidError,
    MissingResultError,
    SerializationError,
    UnavailableError,
)
from peninsula.locking.filesystem import FileSystemLockManager
from peninsula.locking.memory import MemoryLockManager
from peninsula.results import ResultStore
from peninsula.sdk.results.locks import KeyLock
from peninsula.transactions import (
    CommitMode,
    IsolationLevel,
    atransaction,
    get_transaction,
    transaction,
)


class Journal:
    """Tasks that say what happens to them."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def task(self, name: str, *, fails: bool = False, **options):
        """Return a task of that name."""

        @task(name=name, **options)
        def work():
            self.said.append(f"run {name}")
            if fails:
                raise ValueError(name)
            return name

        work.on_commit(lambda _: self.said.append(f"commit {name}"))
        work.on_rollback(lambda _: self.said.append(f"undo {name}"))
        return work


@pytest.fixture
def journal() -> Journal:
    """An empty one."""
    return Journal()


def test_all_commit_at_the_end(journal):
    """In the order in which they ran."""
    one, two = journal.task("one"), journal.task("two")

    @flow
    def etl():
        with transaction():
            one()
            two()
            journal.said.append("end")

    etl()
    assert journal.said == ["run one", "run two", "end", "commit one", "commit two"]


def test_what_was_done_is_undone_when_one_fails(journal):
    """The newest first; what failed has nothing to undo, and the flow fails."""
    one, two = journal.task("one"), journal.task("two")
    bad = journal.task("bad", fails=True)

    @flow
    def etl():
        with transaction():
            one()
            two()
            bad()

    assert etl(return_state=True).is_failed()
    assert journal.said == ["run one", "run two", "run bad", "undo two", "undo one"]


def test_a_task_alone_commits_at_its_own_end(journal):
    """Without a transaction around."""
    journal.task("one")()
    assert journal.said == ["run one", "commit one"]


def test_a_staged_result_is_not_there_before_the_commit(tmp_path):
    """And never, when it was undone."""

    @task(cache_policy=INPUTS, result_storage=tmp_path / "results")
    def work(value):
        return value

    def kept():
        return sorted(path.name for path in (tmp_path / "results").glob("*"))

    with transaction():
        work(1)
        assert kept() == []
    assert len(kept()) == 1
    with suppress(RuntimeError), transaction():
        work(2)
        raise RuntimeError
    assert len(kept()) == 1
    assert work(2, return_state=True).name == "Completed"


def test_values_are_handed_from_task_to_hook(journal):
    """Through the transaction and those around it."""
    undone = []

    @task
    def write():
        get_transaction().set("path", "a.txt")

    @write.on_rollback
    def undo(txn):
        undone.append((txn.get("path"), txn.get("outer"), txn.get("none", 0)))

    with suppress(KeyError), transaction() as outer:
        outer.set("outer", 1)
        write()
        raise KeyError
    assert undone == [("a.txt", 1, 0)]
    with pytest.raises(InvalidError, match="nothing"):
        outer.get("nothing")


def test_transactions_inside_of_others_wait_for_them(journal):
    """The outermost one decides."""
    one = journal.task("one")
    with suppress(ValueError), transaction():
        with transaction() as inner:
            one()
        assert inner.is_active()
        raise ValueError("outside")
    assert inner.is_rolled_back()
    assert journal.said == ["run one", "undo one"]


def test_an_eager_one_inside_commits_by_itself(journal):
    """What happens around it comes too late."""
    one = journal.task("one")
    with suppress(ValueError), transaction():
        with transaction(commit_mode=CommitMode.EAGER):
            one()
        raise ValueError("late")
    assert journal.said == ["run one", "commit one"]


def test_one_that_is_off_is_undone_unless_committed(journal):
    """By hand."""
    one = journal.task("one")
    with transaction(commit_mode="OFF"):
        one()
    with transaction(commit_mode="OFF") as by_hand:
        one()
        by_hand.commit()
    assert journal.said == ["run one", "undo one", "run one", "commit one"]


def test_a_key_that_is_kept_is_committed_from_the_start(tmp_path):
    """So the work inside can be left out."""
    store = ResultStore(tmp_path)
    with transaction(key="day", store=store) as first:
        assert not first.is_committed()
        first.stage({"rows": 3})
    with transaction(key="day", store=store) as second:
        assert second.is_committed()
        assert second.read().result == {"rows": 3}
    with transaction(key="day", store=store, overwrite=True) as third:
        assert not third.is_committed()


def test_what_cannot_be_kept_undoes_the_rest(journal, tmp_path):
    """As soon as it is staged."""
    results = tmp_path / "results"
    one = journal.task("one", persist_result=True, result_storage=results)

    def stage():
        with transaction(key="day", store=ResultStore(results)) as txn:
            one()
            txn.stage(threading.Lock())

    with pytest.raises(SerializationError):
        stage()
    assert journal.said == ["run one", "undo one"]
    assert not results.exists()


def test_a_commit_that_fails_takes_back_what_it_wrote(journal, tmp_path):
    """Nothing is kept by halves."""
    one = journal.task("one", persist_result=True, result_storage=tmp_path / "good")
    (tmp_path / "file").write_text("")
    two = journal.task("two", persist_result=True, result_storage=tmp_path / "file/bad")

    @flow
    def etl():
        with transaction():
            one()
            two()

    state = etl(return_state=True)
    assert state.is_failed()
    assert "file/bad" in state.message
    assert journal.said == ["run one", "run two", "commit one", "undo two", "undo one"]
    assert [path for path in (tmp_path / "good").rglob("*") if path.is_file()] == []


def test_a_hook_that_fails_stops_no_other(journal, caplog):
    """It is logged."""
    one = journal.task("one")

    @one.on_rollback
    def broken(_):
        raise ZeroDivisionError

    with suppress(KeyError), transaction():
        one()
        raise KeyError
    assert journal.said == ["run one", "undo one"]
    assert "broken" in caplog.text


def test_hooks_may_be_coroutine_functions(journal):
    """Also where no loop runs."""
    one = journal.task("one")

    @one.on_commit
    async def later(_):
        await asyncio.sleep(0)
        journal.said.append("later")

    one()
    assert journal.said[-1] == "later"


def test_async_transactions(journal):
    """Tasks awaited inside are part of it."""

    @task
    async def work():
        return 1

    work.on_rollback(lambda _: journal.said.append("undo"))

    async def together():
        async with atransaction():
            await work()
            raise KeyError

    with pytest.raises(KeyError):
        asyncio.run(together())
    assert journal.said == ["undo"]


def test_submitted_tasks_are_part_of_it(journal):
    """As they run in the context in which they were submitted."""
    one = journal.task("one")

    @flow
    def etl():
        with transaction():
            one.submit().wait()
            raise KeyError

    etl(return_state=True)
    assert journal.said == ["run one", "undo one"]


def test_serializable_needs_a_key_and_locks_it(tmp_path):
    """Two of one key follow each other."""
    with pytest.raises(InvalidError, match="key"), transaction(isolation_level="SERIALIZABLE"):
        pass
    store, order = ResultStore(tmp_path), []
    began = threading.Event()

    def second():
        began.wait(10)
        with transaction("k", store, isolation_level=IsolationLevel.SERIALIZABLE) as txn:
            order.append(("second", txn.is_committed()))

    thread = threading.Thread(target=second)
    thread.start()
    with transaction("k", store, isolation_level=IsolationLevel.SERIALIZABLE) as txn:
        began.set()
        txn.stage(1)
        order.append(("first", False))
    thread.join(10)
    assert order == [("first", False), ("second", True)]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"key": 5}, "key=5. Give a text: key='5'"),
        ({"key": ""}, "names nothing. Give a name"),
        ({"key": "k", "store": "/data"}, "store='/data'. Give a ResultStore"),
        ({"key": "k", "lock_manager": 5}, "lock_manager=5. Give what has try_lock"),
    ],
)
def test_an_argument_that_cannot_be_is_refused_by_name(given, reason):
    """And not by what it lacks, somewhere inside."""
    with pytest.raises(InvalidError, match=reason), transaction(**given):
        pass


def test_a_transaction_that_cannot_begin_holds_no_lock(tmp_path):
    """What lies under its key is no result; once that is gone, the next one goes on."""
    (tmp_path / "k").write_text("hello")
    for _ in range(2):
        locked = transaction("k", ResultStore(tmp_path), isolation_level="SERIALIZABLE")
        with pytest.raises(MissingResultError), locked:
            pass
    (tmp_path / "k").unlink()
    with transaction("k", ResultStore(tmp_path), isolation_level="SERIALIZABLE") as txn:
        assert not txn.is_committed()


def test_modes_that_are_none_are_named():
    """With those there are."""
    with pytest.raises(InvalidError, match="EAGER"), transaction(commit_mode="never"):
        pass
    with pytest.raises(InvalidError, match="READ_COMMITTED"):
        INPUTS.configure(isolation_level="nonsense")
    assert INPUTS.configure(isolation_level="SERIALIZABLE") == INPUTS.configure(
        isolation_level=IsolationLevel.SERIALIZABLE
    )


@pytest.mark.parametrize("late", [False, True])
def test_a_wait_that_is_cancelled_leaves_the_lock_to_others(tmp_path, late):
    """While it waits, and also when the lock comes at the moment of the cancel."""
    locks = MemoryLockManager()
    asked, cancelled = threading.Event(), threading.Event()

    class Watched(MemoryLockManager):
        def try_lock(self, key, holder):
            asked.set()
            if late:
                cancelled.wait(10)
            return locks.try_lock(key, holder)

        def release_lock(self, key, holder):
            locks.release_lock(key, holder)

    async def wait():
        async with atransaction(
            "k", ResultStore(tmp_path), isolation_level="SERIALIZABLE", lock_manager=Watched()
        ):
            pass

    async def cancel():
        waiting = asyncio.create_task(wait())
        await asyncio.to_thread(asked.wait, 10)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        locks.release_lock("k", "somebody")
        cancelled.set()

    assert locks.try_lock("k", "somebody")
    asyncio.run(cancel())  # which waits for its threads
    assert locks.try_lock("k", "the next")


@task(cache_policy=INPUTS.configure(isolation_level="SERIALIZABLE"))
def fetch(value):
    """Alone among those of its key."""
    return [value]


def test_a_second_call_of_one_key_is_in_the_lock_of_the_first(told):
    """Both are one transaction's; it is not kept yet, so the second call works, too."""

    @flow
    def etl():
        with transaction():
            return fetch(1), fetch(1)

    assert etl() == ([1], [1])
    assert fetch(1, return_state=True).name == "Cached"
    assert [run.state for run in told.all("fetch")] == ["Completed", "Completed", "Cached"]


def test_a_submitted_call_is_in_the_lock_of_the_transaction():
    """In the thread of its own that it runs in."""

    @flow
    def etl():
        with transaction():
            fetch(1)
            return fetch.submit(1).result()

    assert etl() == [1]


def test_submitted_calls_of_one_transaction_follow_each_other():
    """The next one begins when the one before has left its lock to the transaction."""
    inside, most = [], []

    @task(cache_policy=INPUTS.configure(isolation_level="SERIALIZABLE"))
    def work(value):
        inside.append(value)
        most.append(len(inside))
        inside.pop()
        return value

    @flow
    def etl():
        with transaction():
            return work.map([1] * 4).result()

    assert etl() == [1] * 4
    assert most == [1] * 4


def test_transactions_of_one_key_inside_of_each_other_share_its_lock(tmp_path):
    """It is held until the outermost one is over, also when one between is."""
    store = ResultStore(tmp_path / "results")
    folder = tmp_path / "locks"
    others = FileSystemLockManager(folder / "." / "")

    def locked():
        return transaction(
            "k", store, isolation_level="SERIALIZABLE", lock_manager=FileSystemLockManager(folder)
        )

    with transaction() as outer:
        with locked():
            with locked() as inner:
                inner.stage(1)
            assert others.holder_of("k") is not None
        assert not FileSystemLockManager(folder).try_lock("k", "another")
    assert outer.is_committed()
    assert store.read("k").result == 1
    assert FileSystemLockManager(folder).try_lock("k", "another")


def test_what_a_transaction_between_has_committed_is_undone_with_the_outermost(tmp_path):
    """Though it has no result of its own."""
    store, undone = ResultStore(tmp_path / "results"), []
    (tmp_path / "file").touch()
    broken = ResultStore(tmp_path / "file" / "folder")

    def keep(key, where):
        with transaction(key, where) as txn:
            txn.stage(key, on_rollback_hooks=[lambda txn: undone.append(txn.key)])

    def keep_both():
        with transaction():
            with transaction():
                keep("first", store)
            keep("second", broken)

    with pytest.raises(UnavailableError):
        keep_both()
    assert undone == ["second", "first"]
    assert not store.exists("first")


@pytest.mark.parametrize("kind", ["memory", "files"])
def test_a_lock_lets_in_who_is_inside_of_its_new_holder(kind, tmp_path):
    """Whoever waits for it from another process, while what had it leaves it to the one around."""
    here = there = MemoryLockManager()
    if kind == "files":
        here, there = (FileSystemLockManager(tmp_path / "locks") for _ in range(2))
    waits, guest = [], KeyLock(there, "k", "guest", within=("around",))

    def leave_it(_):
        waits.append(here.holder_of("k"))
        here.pass_lock("k", "sibling", "around")

    assert here.try_lock("k", "sibling")
    assert guest.acquire(leave_it)
    assert waits == ["sibling"]
    assert here.holder_of("k") == "around"
    here.release_lock("k", "around")
    assert there.try_lock("k", "another")
    guest.release()


def test_locks_of_files_go_with_a_task_to_another_process(tmp_path):
    """They are those of one folder there, too."""
    sent = pickle.loads(pickle.dumps(FileSystemLockManager(tmp_path)))
    assert sent == FileSystemLockManager(tmp_path)


@pytest.mark.parametrize("kind", ["memory", "files"])
def test_a_long_wait_says_for_whom(kind, tmp_path, monkeypatch):
    """In the log of the run that waits."""
    monkeypatch.setattr("peninsula.sdk.results.locks.LONG_WAIT", 0.01)
    one = two = MemoryLockManager()
    if kind == "files":
        one, two = (FileSystemLockManager(tmp_path / "locks") for _ in range(2))
    assert one.try_lock("k", "somebody")
    said = []

    class Freeing(logging.Handler):
        def emit(self, record):
            said.append((record.run_name, record.getMessage()))
            one.release_lock("k", "somebody")

    policy = CachePolicy.from_cache_key_fn(lambda *_: "k").configure(
        isolation_level="SERIALIZABLE", lock_manager=two
    )

    @task(task_run_name="patient", cache_policy=policy)
    def work():
        return 1

    freeing, logger = Freeing(), logging.getLogger("peninsula.task_runs")
    logger.addHandler(freeing)
    try:
        assert work() == 1
    finally:
        logger.removeHandler(freeing)
    assert said == [("patient", "Waiting for the lock of k, held by somebody.")]
