"""Failures with a known culprit, beside what looks like one: the culprit comes first.

The flows are run by the engine, and fail as flows do; what a cluster or a database would tell is
told by hand.
"""

from __future__ import annotations

import asyncio
import socket
import sqlite3
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from peninsula import flow, task
from peninsula.artifacts import create_markdown_artifact
from peninsula.blocks import Block, touches
from peninsula.core.answers import Suspect, Why
from peninsula.core.causes import Strength
from peninsula.events import emit_event
from peninsula.sdk.states import State
from peninsula.variables import Variable
from tests.support.processes import python

DATABASE = "postgresql://db.internal/warehouse"
VAULT = "vault://secrets/loader"
POD = "kubernetes://c0ffee/prod/pod/etl-7"


class Folder(Block):
    """Files of a folder."""

    path: Path

    def _system(self) -> str:
        return f"file://{self.path}"

    def read_path(self, name: str) -> str:
        """Return what a file says."""
        touches(f"file://{self.path}/{name}")
        return (self.path / name).read_text()

    def write_path(self, name: str, text: str) -> None:
        """Write a file."""
        touches(f"file://{self.path}/{name}")
        (self.path / name).write_text(text)

    def delete_path(self, name: str) -> None:
        """Remove a file."""
        touches(f"file://{self.path}/{name}")
        (self.path / name).unlink()

    def list_paths(self) -> list[str]:
        """Return the names of all files."""
        return sorted(path.name for path in self.path.iterdir())


class Service(Block):
    """Something that answers, late or not at all."""

    host: str

    def _system(self) -> str:
        return f"https://{self.host}"

    def get(self, *, seconds: float = 0.0, problem: Exception | None = None) -> str:
        """Answer after a while, or fail."""
        time.sleep(seconds)
        if problem is not None:
            raise problem
        return "ok"

    def rows(self):
        """Give numbers at once, for ever."""
        yield from range(10**6)

    @contextmanager
    def session(self):
        """Be used for a while."""
        yield self


class File(Block):
    """A database in a file."""

    path: Path

    def _system(self) -> str:
        return f"sqlite://{self.path}"

    def execute(self, statement: str) -> None:
        """Carry a statement out, as soon as nobody else writes."""
        with sqlite3.connect(self.path, timeout=30) as database:
            database.execute(statement)


def failing(function, *args, **kwargs) -> None:
    """Run a flow that fails."""
    state = function(*args, return_state=True, **kwargs)
    assert isinstance(state, State)
    assert state.is_failed() or state.is_crashed()


def failing_coroutine(function) -> None:
    """Run a flow of a coroutine function that fails."""
    state = asyncio.run(function(return_state=True))
    assert state.is_failed()


def culprit(why: Why) -> Suspect:
    """The probable cause, which is the first of the suspects."""
    first = why.suspects[0]
    assert why.cause == first.event.id
    return first


def method(suspect: Suspect) -> str:
    """What its event's name says that was called."""
    return suspect.event.event.split(".")[-2]


@pytest.fixture
def lake(tmp_path: Path) -> Folder:
    """A folder with a file."""
    (tmp_path / "lake").mkdir()
    (tmp_path / "lake" / "orders.csv").write_text("1\n2\n")
    return Folder(path=tmp_path / "lake")


def test_a_file_that_is_gone_and_a_system_that_is_only_slow(scenario, lake):
    """Slowness that ends well is everyday."""

    @flow
    def load():
        Service(host="slow.example").get(seconds=0.3)
        return lake.read_path("gone.csv")

    failing(load)
    first = culprit(scenario.why("load"))
    assert (first.strength, method(first)) == (Strength.LINKED, "read_path")
    assert first.event.resource.id.endswith("/lake/gone.csv")


def test_a_call_that_fails_while_another_failure_is_handled_is_not_what_failed_first(scenario):
    """The alarm could not be raised, of a database that was away."""

    @flow
    def load():
        try:
            Service(host="db.example").get(problem=ConnectionError("no route"))
        except ConnectionError:
            Service(host="chat.example").get(problem=OSError("channel is archived"))

    failing(load)
    why = scenario.why("load")
    first = culprit(why)
    assert (first.strength, first.system) == (Strength.LINKED, "https://db.example")
    assert [one.system for one in why.suspects if one.strength is Strength.LINKED] == [
        "https://db.example",
        "https://chat.example",
    ]


@pytest.mark.parametrize("kind", ["function", "coroutine", "generator", "async generator"])
def test_a_method_that_got_wrong_arguments_was_not_called(scenario, kind):
    """The code is wrong, and nothing outside of it."""

    class Odd(Block):
        def get(self, key: str) -> str:
            return key

        async def aget(self, key: str) -> str:
            return key

        def list(self, prefix: str):
            yield prefix

        async def alist(self, prefix: str):
            yield prefix

    @flow
    async def load():
        match kind:
            case "function":
                Odd().get()
            case "coroutine":
                await Odd().aget()
            case "generator":
                list(Odd().list())
            case _:
                [one async for one in Odd().alist()]

    failing_coroutine(load)
    why = scenario.why("load")
    assert (why.cause, why.suspects) == (None, ())
    assert not [one for one in scenario.events() if one.event.startswith("peninsula.call.")]


def test_a_call_that_failed_and_was_caught_is_not_the_one_that_counts(scenario, lake):
    """The failure follows another, later call."""

    @flow
    def load():
        with suppress(OSError):
            Service(host="metrics.example").get(problem=OSError("no metrics today"))
        return lake.read_path("gone.csv")

    failing(load)
    why = scenario.why("load")
    assert culprit(why).event.resource.id.endswith("gone.csv")
    assert [one.strength for one in why.suspects[1:]] == [Strength.COINCIDENT]


@pytest.mark.parametrize("writes", [True, False])
def test_a_file_that_was_looked_for_in_vain_is_not_what_a_later_error_names(
    scenario, lake, *, writes: bool
):
    """The run made it, or read another: an error that says the file's name is of the code."""

    @flow
    def load():
        with suppress(FileNotFoundError):
            lake.read_path("state.json")
        if writes:
            lake.write_path("state.json", "{}")
        else:
            lake.read_path("orders.csv")
        msg = "state.json lacks 'since'"
        raise ValueError(msg)

    failing(load)
    why = scenario.why("load")
    assert why.cause is None
    assert {one.strength for one in why.suspects} == {Strength.COINCIDENT}


def test_failures_that_are_gathered_and_told_at_the_end_are_meant(scenario, lake):
    """The error has the message of the call, though others went well since."""

    @flow
    def load():
        problems = []
        for name in ("gone.csv", "orders.csv"):
            try:
                lake.read_path(name)
            except OSError as problem:
                problems.append(str(problem))
        raise RuntimeError("; ".join(problems))

    failing(load)
    first = culprit(scenario.why("load"))
    assert first.event.resource.id.endswith("gone.csv")
    assert first.strength is Strength.LIKELY


def test_a_retry_that_passed_is_not_even_suspected(scenario, lake):
    """What failed first went well when it was tried again."""
    problems = [OSError("try again"), None]

    @task(retries=1)
    def fetch():
        return Service(host="flaky.example").get(problem=problems.pop(0))

    @flow
    def load():
        fetch()
        return lake.read_path("gone.csv")

    failing(load)
    why = scenario.why("load")
    assert culprit(why).event.resource.id.endswith("gone.csv")
    assert len(why.suspects) == 1


def test_a_timeout_while_waiting_on_a_lock_is_the_database_s(scenario, tmp_path: Path):
    """The call that the run was in when its time was up."""
    database = File(path=tmp_path / "shop.db")
    database.execute("CREATE TABLE orders (id INTEGER)")
    holder = sqlite3.connect(database.path, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")

    @task(timeout_seconds=0.5)
    def insert():
        Service(host="quick.example").get()
        for _ in range(100):
            database.execute("INSERT INTO orders VALUES (1)")

    @flow
    def load():
        insert()

    try:
        # sqlite3 waits in C, where nothing interrupts it: so the lock is released in the end.
        threading.Timer(1.5, holder.execute, ["ROLLBACK"]).start()
        failing(load)
    finally:
        holder.close()
    first = culprit(scenario.why("load"))
    assert method(first) == "execute"
    assert first.system == f"sqlite://{database.path}"


def test_a_timeout_while_a_service_does_not_answer_is_the_service_s(scenario):
    """The call was interrupted; it is the one that took the time, not the one that failed."""

    @task(timeout_seconds=0.5)
    def ask():
        with suppress(OSError):
            Service(host="metrics.example").get(problem=OSError("no metrics today"))
        Service(host="silent.example").get(seconds=60)

    @flow
    def load():
        ask()

    failing(load)
    first = culprit(scenario.why("load"))
    assert (first.system, method(first)) == ("https://silent.example", "get")


def test_a_timeout_in_code_that_draws_from_a_service_is_not_the_service_s(scenario):
    """Its generator was under way all the time, and at work for none of it."""

    @flow(timeout_seconds=0.5)
    def load():
        with Service(host="fine.example").session() as service:
            for _ in service.rows():
                time.sleep(0.05)

    failing(load)
    assert scenario.why("load").cause is None


@pytest.mark.parametrize("kind", ["function", "coroutine", "task"])
def test_the_call_that_a_timeout_cut_off_is_named(scenario, kind):
    """However little of the time it had: likely, and no more."""

    class Silent(Service):
        async def aget(self):
            await asyncio.sleep(60)

    silent = Silent(host="silent.example")

    @task
    def get():
        silent.get(seconds=60)

    @flow(timeout_seconds=1)
    def load():
        time.sleep(0.7)
        if kind == "task":
            get()
        silent.get(seconds=60)

    @flow(name="load", timeout_seconds=1)
    async def aload():
        await asyncio.sleep(0.7)
        await asyncio.gather(silent.aget())

    if kind == "coroutine":
        failing_coroutine(aload)
    else:
        failing(load)
    first = culprit(scenario.why("load"))
    assert (first.system, first.strength) == ("https://silent.example", Strength.LIKELY)
    assert first.event.event.endswith(".cancelled")


def test_a_host_that_is_down_is_found_behind_a_nested_exception(scenario, lake):
    """No block was used: the error that led to the last one names the host."""
    emit_event("database.restarted", "postgresql://other.internal/x")
    emit_event("database.stopped", DATABASE)

    @flow
    def load():
        lake.read_path("orders.csv")
        try:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                socket.create_connection(free.getsockname())
        except OSError as problem:
            refused = ConnectionError("could not connect to db.internal:5432")
            refused.__cause__ = problem
            raise RuntimeError("the load failed") from refused

    failing(load)
    first = culprit(scenario.why("load"))
    assert (first.strength, first.event.event) == (Strength.LIKELY, "database.stopped")


def test_wrong_code_has_no_cause_outside(scenario, lake):
    """A call was caught, a pod started, another host is down: none of it led to a KeyError."""

    @flow
    def load():
        emit_event("kubernetes.pod.started", POD)
        lake.read_path("orders.csv")
        with suppress(OSError):
            Service(host="metrics.example").get(problem=OSError("no metrics today"))
        return {}["amount"]

    emit_event("database.stopped", DATABASE)
    failing(load)
    why = scenario.why("load")
    assert (why.cause, why.error) == (None, "KeyError")
    assert {one.strength for one in why.suspects} == {Strength.COINCIDENT}


def test_a_pod_that_was_killed_outweighs_the_call_that_was_under_way(scenario, tmp_path: Path):
    """The call did not return since the process was killed, not the other way round."""
    program = tmp_path / "etl.py"
    program.write_text(f"""
import time
from peninsula import flow
from peninsula.blocks import Block
from peninsula.events import emit_event

class Service(Block):
    host: str
    def _system(self): return f"https://{{self.host}}"
    def get(self):
        print("under way", flush=True)
        time.sleep(60)

@flow
def load():
    emit_event("kubernetes.pod.started", "{POD}")
    Service(host="api.example").get()

if __name__ == "__main__":
    load()
""")
    with python(program) as etl:
        etl.wait_for_line("under way")
        etl.kill()
    emit_event("kubernetes.pod.oom-killed", POD, payload={"limit": "4Gi"})
    why = scenario.why("load")
    assert culprit(why).event.event == "kubernetes.pod.oom-killed"
    assert culprit(why).strength is Strength.STRONG
    assert [method(one) for one in why.suspects[1:]] == ["get"]


def test_the_job_of_another_run_in_the_cluster_has_no_part_in_wrong_code(scenario):
    """Though it failed shortly before, and before no success: they only share nodes."""
    node, job = "kubernetes://c0ffee/node/n1", "kubernetes://c0ffee/prod/job/zesty-eel"

    @flow
    def other():
        related = [{"id": node, "role": "node"}]
        emit_event("kubernetes.job.failed", job, related=related)
        raise ValueError("its own")

    @flow
    def vals(rows):
        emit_event("kubernetes.pod.started", POD, related=[{"id": node, "role": "node"}])
        return rows[0]

    vals([1])
    vals([1])
    failing(other)
    failing(vals, [])
    why = scenario.why("vals")
    assert (why.cause, why.suspects) == (None, ())


def test_a_call_that_did_not_return_is_likely_where_nothing_else_is_known(scenario, tmp_path):
    """A process that was killed while it hung: the last thing it began."""
    program = tmp_path / "etl.py"
    program.write_text("""
import time
from peninsula import flow
from peninsula.blocks import Block

class Service(Block):
    host: str
    def _system(self): return f"https://{self.host}"
    def get(self, seconds):
        if seconds: print("under way", flush=True)
        time.sleep(seconds)

@flow
def load():
    Service(host="quick.example").get(0)
    Service(host="hung.example").get(60)

if __name__ == "__main__":
    load()
""")
    with python(program) as etl:
        etl.wait_for_line("under way")
        etl.kill()
    first = culprit(scenario.why("load"))
    assert (first.strength, first.system) == (Strength.LIKELY, "https://hung.example")


KILLED = """
import os, sys
from contextlib import contextmanager
from peninsula import flow
from peninsula.blocks import Block

class Service(Block):
    host: str
    def _system(self): return f"https://{self.host}"
    def rows(self): yield from range(10)
    @contextmanager
    def session(self): yield self
    def hang(self): os.kill(os.getpid(), 9)
    def through(self, other): other.hang()

@flow
def load():
    with Service(host="session.example").session() as service:
        if sys.argv[1] == "hang":
            Service(host="gateway.example").through(Service(host="hung.example"))
        drawn = service.rows()
        next(drawn)
        os.kill(os.getpid(), 9)

if __name__ == "__main__":
    load()
"""


def test_of_calls_under_way_when_a_process_was_killed_the_innermost_comes_first(
    scenario, tmp_path: Path
):
    """The one around it waited for it, and the session that both are in is none of them."""
    program = tmp_path / "etl.py"
    program.write_text(KILLED)
    with python(program, "hang") as etl:
        etl.wait()
    why = scenario.why("load")
    assert [one.system for one in why.suspects] == [
        "https://hung.example",
        "https://gateway.example",
    ]
    assert culprit(why).strength is Strength.LIKELY


def test_what_waited_for_the_code_when_the_process_was_killed_is_no_cause(scenario, tmp_path: Path):
    """A session and a generator were open, and neither was at work."""
    program = tmp_path / "etl.py"
    program.write_text(KILLED)
    with python(program, "code") as etl:
        etl.wait()
    assert scenario.why("load").suspects == ()


def test_a_block_that_was_saved_and_used_well_since_is_no_cause(scenario):
    """As it was, nothing is told at all; otherwise, what failed after is something else."""
    Service(host="db.example").save("db")

    @flow
    def load(host):
        Service(host=host).save("db", overwrite=True)
        Service.load("db").get()
        return {}["amount"]

    failing(load, "db.example")
    assert scenario.why("load").suspects == ()
    failing(load, "db.internal")
    why = scenario.why("load")
    assert why.cause is None
    assert [one.event.event for one in why.suspects] == ["peninsula.block-document.updated"]


def test_a_credential_that_was_rotated_stands_behind_the_call_that_failed(scenario):
    """The call is a fact, and what was changed before is likely; what another flow did is not."""
    emit_event(
        "credential.rotated",
        "vault://secrets/loader",
        related=[{"id": "https://db.example", "role": "system"}],
    )

    @flow
    def other():
        Service(host="elsewhere.example").get(problem=OSError("elsewhere"))

    @flow
    def load():
        emit_event(
            "login",
            "https://db.example",
            related=[{"id": "vault://secrets/loader", "role": "credential"}],
        )
        Service(host="db.example").get(problem=PermissionError("authentication failed"))

    failing(other)
    failing(load)
    why = scenario.why("load")
    assert (culprit(why).strength, method(culprit(why))) == (Strength.LINKED, "get")
    assert [(one.event.event, one.strength) for one in why.suspects[1:]] == [
        ("credential.rotated", Strength.LIKELY)
    ]


def test_a_file_that_another_flow_removed(scenario, lake):
    """The failing code made no call that failed: it found nothing, and said so itself."""

    @flow
    def tidy():
        lake.delete_path("orders.csv")

    @flow
    def load():
        for name in ("orders.csv", "other.csv"):
            emit_event("wanted", f"file://{lake.path}/{name}")
        if "orders.csv" not in lake.list_paths():
            raise ValueError("there are no orders today")

    lake.write_path("other.csv", "")
    tidy()
    failing(load)
    first = culprit(scenario.why("load"))
    assert (first.strength, method(first)) == (Strength.LIKELY, "delete_path")


def test_a_file_that_another_flow_removed_is_no_word_of_an_error(scenario, lake):
    """The run that failed used no file, and its key has the name of one by chance."""

    @flow
    def tidy():
        lake.delete_path("orders.csv")

    @flow
    def load():
        return {}["orders.csv"]

    tidy()
    failing(load)
    assert scenario.why("load").cause is None


def test_mapped_tasks_that_fail_on_one_system_have_one_cause(scenario, lake):
    """One more failed for a reason of its own, and the flow only says how many did."""

    @task
    def read(name):
        if name == "odd":
            raise ValueError("odd")
        return lake.read_path(f"{name}.csv")

    @flow
    def load():
        return read.map(["orders", "a", "odd", "b", "c"])

    failing(load)
    why = scenario.why("load")
    assert culprit(why).event.resource.id.startswith(f"file://{lake.path}/")
    assert [one.strength for one in why.suspects] == [Strength.LINKED]


def test_a_failure_deep_below_is_followed_to_its_call(scenario, lake):
    """Flow, subflow, task, call: the exception came through all of them, wrapped once."""

    @task
    def read():
        return lake.read_path("gone.csv")

    @flow
    def part():
        read()

    @flow
    def load():
        Service(host="fine.example").get()
        try:
            part()
        except OSError as problem:
            raise RuntimeError("a part failed") from problem

    failing(load)
    why = scenario.why("load")
    assert (culprit(why).strength, method(culprit(why))) == (Strength.LINKED, "read_path")
    assert why.error == "RuntimeError"


def test_runs_that_fail_for_one_reason_are_one_incident(scenario, lake):
    """Of two flows that read the same folder, and one that fails for itself."""

    @flow
    def orders():
        lake.read_path("gone.csv")

    @flow
    def report():
        lake.read_path("gone.csv")

    @flow
    def broken():
        return {}["amount"]

    for each in (orders, report, broken):
        failing(each)
    groups = {group.cause: set(group.flows) for group in scenario.overview().failing}
    assert groups == {
        None: {"broken"},
        culprit(scenario.why("orders")).system: {"orders", "report"},
    }


def test_what_failed_tells_incidents_of_one_system_apart(scenario):
    """A wrong statement and a wrong password are two things, though of one database."""
    database = Service(host="db.example")

    def failing_with(problem: Exception, name: str) -> None:
        failing(flow(name=name)(lambda: database.get(problem=problem)))

    failing_with(PermissionError("wrong password"), "orders")
    failing_with(PermissionError("wrong password"), "report")
    failing_with(LookupError("no such table"), "broken")
    groups = {group.error: (group.cause, group.flows) for group in scenario.overview().failing}
    assert groups == {
        "LookupError": ("https://db.example", ("broken",)),
        "PermissionError": ("https://db.example", ("report", "orders")),
    }


def test_a_run_that_timed_out_in_a_call_is_no_kin_of_another_s_failure_there(scenario):
    """Not of a wrong statement after it, nor of a lost connection before."""
    database = Service(host="db.example")

    @flow
    def lost():
        database.get(problem=ConnectionError("lost"))

    @flow(timeout_seconds=0.3)
    def slow():
        database.get(seconds=60)

    @flow
    def typo():
        database.get(problem=LookupError("no such table"))

    for each in (lost, slow, typo):
        failing(each)
    groups = scenario.overview().failing
    assert [(group.flows, group.error, group.strength) for group in groups] == [
        (("typo",), "LookupError", Strength.LINKED),
        (("slow",), None, Strength.STRONG),
        (("lost",), "ConnectionError", Strength.LINKED),
    ]
    assert {group.cause for group in groups} == {"https://db.example"}
    assert groups[1].event == culprit(scenario.why("slow")).event.event


def test_the_overview_names_what_led_to_failures_that_a_flow_only_returns(scenario):
    """As `why` does: what its tasks failed by."""

    @task
    def ask(host):
        Service(host=host).get(problem=ConnectionError("refused"))

    @flow
    def load():
        return [ask.submit("a.example"), ask.submit("a.example")]

    failing(load)
    (group,) = scenario.overview().failing
    assert group.cause == culprit(scenario.why("load")).system == "https://a.example"
    assert group.strength is Strength.LINKED
    assert scenario.impact("https://a.example").linked == 1


def test_both_failures_of_a_group_are_facts(scenario):
    """Two that were collected, and two that failed at once."""

    def get(host):
        Service(host=host).get(problem=ConnectionError("refused"))

    async def aget(host):
        get(host)

    @flow
    def collects():
        problems = []
        for host in ("one.example", "two.example"):
            try:
                get(host)
            except ConnectionError as problem:
                problems.append(problem)
        raise ExceptionGroup("two of two", problems)

    @flow
    async def gathers():
        async with asyncio.TaskGroup() as group:
            group.create_task(aget("one.example"))
            group.create_task(aget("two.example"))

    failing(collects)
    failing_coroutine(gathers)
    for name in ("collects", "gathers"):
        why = scenario.why(name)
        assert [(one.system, one.strength) for one in why.suspects] == [
            ("https://one.example", Strength.LINKED),
            ("https://two.example", Strength.LINKED),
        ]
    assert [one.linked for one in scenario.impact("https://two.example").failed] == [True, True]


def test_what_is_not_the_cause_is_so_everywhere(scenario):
    """Dismissed, a call that failed makes no incident and is in no count of what failed of it."""

    @flow
    def load():
        Service(host="a.example").get(problem=ConnectionError("refused"))

    failing(load)
    failing(load)
    why = scenario.why("load")
    scenario.dismiss(why.run, culprit(why))
    assert scenario.why("load").cause is None
    alone, other = scenario.overview().failing
    assert (alone.cause, alone.began.led_by, alone.ids) == (None, None, (why.run.id,))
    assert (other.cause, other.runs) == ("https://a.example", 1)
    failed = scenario.impact("https://a.example").failed
    assert {one.run.id: one.linked for one in failed} == {why.run.id: False, other.ids[0]: True}


def test_what_a_run_keeps_and_sets_is_neither_suspected_nor_a_source(scenario, lake):
    """Artifacts and variables are its own bookkeeping, in this run and in another."""

    @flow
    def keeps(file: str) -> None:
        create_markdown_artifact("so far", key="report")
        Variable.set("newest", file, overwrite=True)
        lake.read_path(file)

    keeps("orders.csv")
    failing(keeps, "gone.csv")
    why = scenario.why("keeps")
    assert method(culprit(why)) == "read_path"
    assert [one.kind for one in why.suspects] == ["file"]
    assert why.watched.keys().isdisjoint({"artifact", "variable"})
