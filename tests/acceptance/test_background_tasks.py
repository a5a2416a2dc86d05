"""Background tasks: programs that delay them, workers that serve them, and whatever is killed."""

from __future__ import annotations

import json
import signal
from collections import Counter
from pathlib import Path
from textwrap import dedent

import httpx
import pytest

from tests.support.processes import peninsula, wait_until
from tests.support.soak import rounds

ROOT = Path(__file__).parents[2]

TASKS = """
    import os, time
    from pathlib import Path
    from peninsula import flow, get_run_logger, task
    from peninsula.blocks import LocalFileSystem

    @task
    def double(number):
        return 2 * number

    @task
    async def shout(word):
        get_run_logger().info("shouting %s", word)
        return word.upper()

    @task
    def echo(value):
        return value

    @task(retries=1)
    def flaky(path):
        marker = Path(path)
        if not marker.exists():
            marker.touch()
            raise OSError("not yet")
        return "at last"

    @task
    def broken():
        raise ValueError("no rows")

    @task
    def unread():
        LocalFileSystem(basepath="nowhere").read_path("rows")

    @task(persist_result=False)
    def unkept():
        return 1

    @task
    def numbers():
        yield from range(3)

    @task
    def stuck():
        while True:
            try:
                print("it is stuck", flush=True)
                time.sleep(600)
            except BaseException:
                pass  # interrupted before it slept

    @task
    def gate(path):
        print("at the gate", flush=True)
        while not Path(path).exists():
            time.sleep(0.01)

    class Mailer:
        @staticmethod
        @task
        def greet(name):
            return f"Hello {name}"

        @task
        @staticmethod
        def part(name):
            return f"Bye {name}"

    @task
    def mark(path):
        with open(path, "a") as file:
            file.write("x")
"""


@pytest.fixture(autouse=True)
def tasks(tmp_path):
    """A module of tasks that programs and workers import."""
    path = tmp_path / "tasks.py"
    path.write_text(dedent(TASKS))
    return path


@pytest.fixture
def serve(tasks):
    """Start a task worker; all of them end with the test."""
    workers = []

    def start(*options: str):
        worker = peninsula("task", "serve", tasks, *options, cwd=tasks.parent)
        workers.append(worker)
        worker.wait_for_line("Serving")
        return worker

    yield start
    for worker in workers:
        worker.close()


@pytest.fixture
def delay(run_script, tmp_path):
    """Run a program that delays tasks, and return what it printed."""

    def run(code: str) -> str:
        return run_script(f"from tasks import *\n{dedent(code)}", cwd=tmp_path).succeed()

    return run


@pytest.fixture
def task_runs(home):
    """What the server of the home knows of task runs; nothing while there is none."""

    def ask() -> list[dict]:
        try:
            url = json.loads((home / "server.json").read_text())["url"]
            headers = {"Authorization": f"Bearer {(home / 'token').read_text().strip()}"}
            answer = httpx.get(f"{url}/api/task-runs", params={"limit": 200}, headers=headers)
        except (OSError, ValueError, httpx.HTTPError):
            return []
        return answer.json()["items"]

    return ask


@pytest.fixture
def answered(home):
    """Ask the server of the home, which runs."""

    def ask(path: str, **parameters: str):
        url = json.loads((home / "server.json").read_text())["url"]
        headers = {"Authorization": f"Bearer {(home / 'token').read_text().strip()}"}
        return httpx.get(f"{url}/api/{path}", params=parameters, headers=headers).json()

    return ask


def states(task_runs) -> dict[str, int]:
    """How many runs are in each state."""
    return dict(Counter(run["state"]["name"] for run in task_runs()))


def test_a_worker_runs_what_a_program_delays_and_the_program_gets_the_results(server, serve, delay):
    """Functions, coroutines, generators, static methods; with retries; what fails says how."""
    serve()
    printed = delay(
        """
        futures = [double.delay(number) for number in range(5)]
        print([future.result(timeout=30) for future in futures])
        print(shout.delay("go").result(timeout=30), numbers.delay().result(timeout=30))
        print(flaky.delay("marker").result(timeout=30))
        print(Mailer.greet.delay("Ada").result(timeout=30))
        print(Mailer().part.delay("Ada").result(timeout=30))
        for future in (broken.delay(), unkept.delay()):
            try:
                future.result(timeout=30)
            except Exception as error:
                print(type(error).__name__, error)
        """
    )
    assert "[0, 2, 4, 6, 8]" in printed
    assert "GO [0, 1, 2]" in printed
    assert "at last" in printed
    assert "Hello Ada" in printed
    assert "Bye Ada" in printed
    assert "RunFailedError ValueError: no rows" in printed
    assert "MissingResultError" in printed
    assert "persist_result=True" in printed


def test_a_flow_fails_by_the_run_in_a_worker_that_it_waited_for(server, serve, delay, answered):
    """And by the call that this followed in its process; one that it got over is not blamed."""
    serve()
    delay(
        """
        @flow
        def nightly():
            try:
                broken.delay().result(timeout=30)
            except Exception:
                pass
            unread.delay().result(timeout=30)
        @flow
        def over():
            try:
                broken.delay().result(timeout=30)
            except Exception:
                pass
            raise ValueError("of its own")
        for each in (nightly, over):
            try:
                each()
            except Exception:
                pass
        """
    )
    failed, own = (answered("flow-runs", flow=name)["items"][0] for name in ("nightly", "over"))
    (culprit,) = answered("task-runs", task="unread")["items"]
    why = answered(f"flow-runs/{failed['id']}/why")
    assert (why["origin"]["id"], why["origin"]["error"]) == (culprit["id"], "FileNotFoundError")
    assert [event["event"] for event in why["chain"]] == [
        "peninsula.flow-run.failed",
        "peninsula.task-run.failed",
        "peninsula.call.local-file-system.read_path.failed",
    ]
    assert why["cause"] == why["chain"][-1]["id"]
    why = answered(f"flow-runs/{own['id']}/why")
    assert (why["origin"], why["cause"], len(why["chain"])) == (None, None, 1)


def test_a_flow_that_returns_what_a_worker_ran_gives_its_result(server, serve, delay):
    """The value, also where it is kept once more; what was not kept says how to."""
    serve()
    printed = delay(
        """
        @flow
        def later(): return double.delay(4)
        @flow(persist_result=True, result_serializer="json")
        def kept(): return double.delay(5)
        @flow
        async def awaited(): return shout.delay("go")
        @flow
        def gone(): return unkept.delay()
        import asyncio
        print(later(), kept(), asyncio.run(awaited()), later(return_state=True).result())
        try:
            gone()
        except Exception as error:
            print(type(error).__name__, error)
        """
    )
    assert "8 10 GO 8" in printed
    assert "MissingResultError" in printed


def test_the_state_of_a_future_is_that_of_its_run(server, serve, delay):
    """Programs ask for it in loops, and wait by it."""
    serve()
    printed = delay(
        """
        future, met = gate.delay("opened"), set()
        while not (state := future.state).is_final():
            if state.name not in met:
                met.add(state.name)
                print("it is", state.name)
            if state.is_running():
                Path("opened").touch()
            time.sleep(0.01)
        print("and", state.name, future.done())
        """
    )
    assert "it is Running" in printed
    assert "and Completed True" in printed


def test_parameters_and_results_come_whole_through_a_worker(
    server, serve, delay, random, monkeypatch
):
    """Values made by chance, equal and of the same type there and back."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    serve("--limit", "20")
    printed = delay(
        f"""
        from random import Random
        from tests.support.chance import value_of
        random = Random({random.getrandbits(32)})
        values = [value_of(random) for _ in range({rounds(30, soak=1_000)})]
        found = [future.result(timeout=60) for future in [echo.delay(value) for value in values]]
        print("whole", found == values and list(map(type, found)) == list(map(type, values)))
        """
    )
    assert "whole True" in printed


def test_a_run_delayed_in_a_flow_is_in_its_tree_with_its_edges(server, serve, delay, task_runs):
    """Futures of the flow are waited for; a background future is an argument like any other."""
    serve()
    printed = delay(
        """
        @flow
        def etl():
            first = double.submit(1)
            second = double.delay(first)
            return double.submit(second).result()

        print("result", etl())
        """
    )
    assert "result 8" in printed
    by_name = {
        run["name"]: run for run in wait_until(lambda: len(task_runs()) == 3 and task_runs())
    }
    assert sorted(by_name) == ["double-0", "double-1", "double-2"]
    assert len({run["root"] for run in by_name.values()}) == 1
    assert len({run["process"] for run in by_name.values()}) == 2


def test_delaying_needs_no_server(home, start_server, serve, delay, task_runs):
    """The run waits in the journal until a server starts, and a worker is there."""
    assert "delayed" in delay("double.delay(21)\nprint('delayed')")
    start_server()
    serve()
    wait_until(lambda: states(task_runs) == {"Completed": 1}, what="the run")


WAITING = {
    "result": "print('result', double.delay(5).result(timeout=60))",
    "state": """
        future = double.delay(5)
        while not future.state.is_completed():
            time.sleep(0.01)
        print("result", future.state.result())
    """,
    "argument": "print('result', double.delay(double.delay(2.5)).result(timeout=60))",
}


@pytest.mark.parametrize("waiting", WAITING.values(), ids=WAITING)
def test_who_waits_has_its_runs_served_by_a_server_that_starts_later(
    start_server, serve, run_script, home, waiting
):
    """They reach it while the program lives, though it tells nothing more."""
    code = f"from tasks import *\nprint('ready', flush=True)\n{dedent(waiting)}"
    program = run_script(code, cwd=home.parent)
    program.wait_for_line("ready")
    wait_until(lambda: list(home.glob("journal/*/*.seg")), what="the run in the journal")
    start_server()
    serve()
    assert "result 10" in program.succeed()


def test_a_program_that_only_delays_hands_over_to_a_server_that_starts_later(
    start_server, run_script, home, task_runs
):
    """It lives on and asks for nothing, as what serves pages does."""
    code = """
        from peninsula.journal import lookout
        from tasks import *
        lookout.LOOK = 0.05
        double.delay(5)
        print("delayed", flush=True)
        time.sleep(600)
    """
    program = run_script(dedent(code), cwd=home.parent)
    program.wait_for_line("delayed")
    start_server()
    wait_until(task_runs, what="the run at the server")
    assert program.returncode is None


def test_no_run_is_begun_twice_however_many_workers_there_are(server, serve, delay, tmp_path):
    """Each leaves one mark."""
    for _ in range(3):
        serve("--limit", "4")
    delay(
        """
        futures = [mark.delay(f"mark-{number}") for number in range(60)]
        for future in futures:
            future.result(timeout=60)
        """
    )
    assert [path.read_text() for path in tmp_path.glob("mark-*")] == ["x"] * 60


def test_a_worker_that_is_killed_crashes_what_it_had_begun(
    server, serve, delay, task_runs, run_script
):
    """And nothing else: what waits goes to the next worker."""
    worker = serve("--limit", "1")
    delay("stuck.delay()\ndouble.delay(1)")
    worker.wait_for_line("it is stuck")
    worker.kill()
    serve()
    over = {"Crashed": 1, "Completed": 1}
    wait_until(lambda: states(task_runs) == over, what="the end of both")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_worker_told_to_end_lets_its_runs_end(server, serve, delay, task_runs, tmp_path, number):
    """It takes no more meanwhile, and its exit code says that all is well."""
    worker = serve("--limit", "2")
    opened = tmp_path / "opened"
    delay(f"gate.delay({str(opened)!r})")
    worker.wait_for_line("at the gate")
    worker.signal(number)
    worker.wait_for_line("gate. Told again")
    delay("double.delay(1)")
    opened.touch()
    assert worker.wait() == 0
    wait_until(lambda: states(task_runs) == {"Completed": 1, "Scheduled": 1}, what="the end")


def test_a_worker_told_twice_ends_its_runs(server, serve, delay, task_runs):
    """They are Crashed, as their process was terminated."""
    worker = serve()
    delay("gate.delay('never')")
    worker.wait_for_line("at the gate")
    worker.signal(signal.SIGTERM)
    worker.wait_for_line("Told again")
    worker.signal(signal.SIGTERM)
    assert worker.wait() == 0
    wait_until(lambda: states(task_runs) == {"Crashed": 1}, what="the end")


def test_a_worker_told_twice_reports_what_it_cannot_interrupt(
    server, serve, delay, task_runs, home
):
    """The run's state says which signal ended the process; what it was given is removed."""
    worker = serve()
    delay("stuck.delay()")
    worker.wait_for_line("it is stuck")
    worker.signal(signal.SIGTERM)
    worker.wait_for_line("Told again")
    worker.signal(signal.SIGTERM)
    assert worker.wait() == 0
    [run] = wait_until(lambda: states(task_runs) == {"Crashed": 1} and task_runs(), what="the end")
    said = "The process was terminated by SIGTERM. It could not be interrupted in stuck (tasks.py:"
    assert run["state"]["message"].startswith(said)
    assert not any((home / "results" / "parameters").iterdir())


def test_a_future_cancels_its_run_wherever_it_is(server, serve, delay, task_runs):
    """Before there is a worker, and while it runs in one."""
    printed = delay("future = double.delay(1)\nprint(future.cancel(), future.cancel())")
    assert "True False" in printed
    worker = serve()
    delay(
        """
        future = gate.delay("never")
        while not future.state.is_running():
            future.wait(0.05)
        print(future.cancel())
        future.wait(30)
        print(future.state.name)
        """
    )
    wait_until(lambda: states(task_runs) == {"Cancelled": 2}, what="the end of both")
    assert worker.returncode is None


def test_a_run_that_cannot_be_interrupted_is_cancelled_all_the_same(
    server, serve, delay, task_runs, home
):
    """Its state says where its thread still is; the worker serves on, and waits for it no more."""
    worker = serve()
    delay("stuck.delay()")
    worker.wait_for_line("it is stuck")
    [run] = task_runs()
    cancelling = peninsula("task-run", "cancel", run["id"])
    assert cancelling.wait() == 0
    cancelling.close()
    [run] = wait_until(
        lambda: states(task_runs) == {"Cancelled": 1} and task_runs(), what="the end"
    )
    assert "It could not be interrupted in stuck (tasks.py:" in run["state"]["message"]
    assert not any((home / "results" / "parameters").iterdir())
    delay("double.delay(1)")
    over = {"Cancelled": 1, "Completed": 1}
    wait_until(lambda: states(task_runs) == over, what="the end of another")
    worker.signal(signal.SIGTERM)
    assert worker.wait() == 0
    assert states(task_runs) == over


def test_a_server_that_comes_back_finds_its_workers(start_server, serve, delay, home):
    """Workers and programs wait for it."""
    server = start_server()
    worker = serve()
    server.kill()
    worker.wait_for_line("Waiting for it")
    server.start()
    assert "42" in delay("print(double.delay(21).result(timeout=60))")


def test_what_is_not_to_be_found_fails_and_says_where_it_was_looked_for(
    server, serve, delay, task_runs, home
):
    """A worker that cannot read the parameters says what to do."""
    delay("double.delay(1)")
    for stored in (home / "results" / "parameters").iterdir():
        stored.unlink()
    serve()
    wait_until(lambda: states(task_runs) == {"Failed": 1}, what="the end")
    [run] = task_runs()
    assert "result_storage" in run["state"]["message"]
    assert str(home) in run["state"]["message"]


def test_what_a_run_was_given_is_removed_however_it_ends(server, serve, delay, task_runs, home):
    """Completed or Failed: nobody reads it any more."""
    serve()
    delay("double.delay(1), broken.delay()")
    over = {"Completed": 1, "Failed": 1}
    wait_until(lambda: states(task_runs) == over, what="the end of both")
    wait_until(
        lambda: not any((home / "results" / "parameters").iterdir()), what="the end of the files"
    )


def test_what_a_killed_worker_left_is_removed_by_a_later_one(server, serve, delay, task_runs, home):
    """And what was cancelled while nobody had it; what still waits stays."""
    kept = home / "results" / "parameters"
    worker = serve("--limit", "1")
    delay("stuck.delay()")
    worker.wait_for_line("it is stuck")
    worker.kill()
    delay("unserved = task(name='unserved')(double.fn)\nunserved.delay(1), double.delay(1)")
    [double] = [run for run in task_runs() if run["task"] == "double"]
    cancelling = peninsula("task-run", "cancel", double["id"])
    assert cancelling.wait() == 0
    cancelling.close()
    over = {"Crashed": 1, "Cancelled": 1, "Scheduled": 1}
    wait_until(lambda: states(task_runs) == over, what="the end of two")
    serve()
    wait_until(lambda: len(list(kept.iterdir())) == 1, what="the end of the files")
    [unserved] = [run for run in task_runs() if run["task"] == "unserved"]
    assert [file.name for file in kept.iterdir()] == [unserved["id"]]


def test_what_cannot_be_sent_is_refused_at_once(delay):
    """The error names the parameter; no run is scheduled."""
    printed = delay(
        """
        import threading
        try:
            double.delay(threading.Lock())
        except TypeError as error:
            print(error)
        """
    )
    assert 'The parameter "number" of the task "double" cannot be sent' in printed


def test_every_delayed_run_ends_whatever_is_killed(start_server, serve, delay, task_runs, random):
    """Workers are killed at random moments, between any two steps of a run."""
    server = start_server()
    for _ in range(rounds(3, soak=50)):
        worker = serve("--limit", "3")
        delay("for number in range(10): double.delay(number)")
        worker.kill_within(0.5, random)
    serve()

    def over():
        found = states(task_runs)
        return set(found) <= {"Completed", "Crashed"} and found

    assert wait_until(over, what="the end of all runs").get("Completed")
    assert server.program.returncode is None
