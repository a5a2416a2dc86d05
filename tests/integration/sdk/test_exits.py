"""However a process ends, its runs get a final state."""

from __future__ import annotations

import asyncio
import logging
import shutil
import signal
from textwrap import dedent
from threading import Event

import pytest

from peninsula import flow
from peninsula.core.home import Home
from tests.support.soak import rounds
from tests.support.told import Told

SCRIPT = """
    import asyncio, sys, threading, time
    from peninsula import flow, task

    @task
    def sleepy():
        print("sleeping", flush=True)
        time.sleep(60)

    @task
    def stuck():
        while True:
            try:
                print("sleeping", flush=True)
                time.sleep(60)
            except BaseException:
                pass  # interrupted before it slept

    @task
    def busy():
        print("busy", flush=True)
        end = time.monotonic() + 60
        while time.monotonic() < end:
            pass

    @task
    async def sleepy_coroutine():
        print("sleeping", flush=True)
        await asyncio.sleep(60)

    @flow
    def direct():
        sleepy()

    @flow
    def submitting():
        busy.submit()
        time.sleep(0.2)
        sleepy()

    @flow
    def waiting():
        stuck.submit().result()

    @flow
    async def coroutine():
        await sleepy_coroutine()

    @flow
    async def blocking():
        sleepy()

    if __name__ == "__main__":
        chosen = globals()[sys.argv[1]]
        try:
            asyncio.run(chosen()) if chosen.isasync else chosen()
        finally:
            print("finally", flush=True)
"""


# Not "blocking": asyncio.run itself answers the first Ctrl-C by cancelling its task.
@pytest.mark.parametrize("name", ["direct", "submitting", "coroutine"])
def test_ctrl_c_crashes_what_runs(told, run_script, name):
    """The flow, and the task in the main thread; the program ends as it would without us."""
    program = run_script(dedent(SCRIPT), name)
    program.wait_for_line("sleeping")
    program.signal(signal.SIGINT)
    assert program.wait() != 0
    assert "KeyboardInterrupt" in program.output
    assert "finally" in program.output
    assert told.one(name).state == "Crashed"
    direct = [*told.all("sleepy"), *told.all("sleepy_coroutine")]
    assert [run.state for run in direct] == ["Crashed"]


def test_ctrl_c_cancels_what_runs_on_threads(told, run_script):
    """They are interrupted, and their states say why."""
    program = run_script(dedent(SCRIPT), "submitting")
    program.wait_for_line("sleeping")
    program.signal(signal.SIGINT)
    program.wait()
    assert told.one("busy").state == "Cancelled"
    assert "that it belongs to crashed" in told.one("busy").message


@pytest.mark.parametrize("name", ["direct", "submitting", "waiting", "coroutine", "blocking"])
def test_sigterm_crashes_the_flow_and_ends_the_process_by_itself(told, run_script, name):
    """Whoever sent it sees the exit of a process that a SIGTERM ended."""
    program = run_script(dedent(SCRIPT), name)
    program.wait_for_line("sleeping")
    assert program.terminate() == -signal.SIGTERM
    run = told.one(name)
    assert run.state == "Crashed"
    assert run.message == "The process was terminated by SIGTERM."
    assert all(each.folded.state.terminal for each in told.runs())


def test_a_task_that_hangs_does_not_keep_the_process_from_ending(told, run_script):
    """A thread inside of a system call is left behind after some seconds."""
    program = run_script(dedent(SCRIPT), "waiting")
    program.wait_for_line("sleeping")
    program.signal(signal.SIGINT)
    program.wait()
    assert told.one("waiting").state == "Crashed"
    assert told.one("stuck").state == "Cancelled"
    assert "could not be interrupted in stuck" in told.one("stuck").message


def test_sys_exit_is_a_crash_and_keeps_its_code(told, run_script):
    """The program ends with what it asked for."""
    program = run_script(
        dedent("""
            import sys
            from peninsula import flow, task

            @task
            def leave():
                sys.exit(3)

            @flow
            def etl():
                leave()

            etl()
        """)
    )
    assert program.wait() == 3
    assert [run.state for run in told.runs()] == ["Crashed", "Crashed"]
    assert told.one("etl").message == "The code left the program: sys.exit(3)."


def test_sigterm_leaves_the_users_own_handler_alone(told, run_script):
    """A program that handles it goes on, and so does its flow."""
    program = run_script(
        dedent("""
            import signal, time
            from peninsula import flow

            asked = []
            signal.signal(signal.SIGTERM, lambda *_: asked.append(1))

            @flow
            def etl():
                print("ready", flush=True)
                while not asked:
                    time.sleep(0.01)

            etl()
            print("went on", flush=True)
        """)
    )
    program.wait_for_line("ready")
    program.signal(signal.SIGTERM)
    assert "went on" in program.succeed()
    assert told.one("etl").state == "Completed"


def test_handlers_are_as_before_when_the_flow_is_over(run_script):
    """Also Ctrl-C's."""
    program = run_script(
        dedent("""
            import signal
            from peninsula import flow

            numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGURG)
            before = [signal.getsignal(number) for number in numbers]

            @flow
            def etl():
                return [signal.getsignal(number) for number in numbers]

            assert etl() != before
            assert [signal.getsignal(number) for number in numbers] == before
        """)
    )
    program.succeed()


def test_a_coroutine_that_is_closed_has_its_end(told):
    """Nobody awaits it any more; it is Crashed."""

    class Forever:
        def __await__(self):
            yield

    @flow
    async def etl():
        await Forever()

    async def begin():
        coroutine = etl()
        coroutine.send(None)
        coroutine.close()

    asyncio.run(begin())
    assert told.one("etl").state == "Crashed"
    assert "closed before it ended" in told.one("etl").message


def test_an_asyncio_task_cancelled_from_outside_crashes_its_run(told):
    """As in Prefect: who cancels is not the run's user but the code around it."""

    @flow
    async def etl():
        await asyncio.sleep(60)

    async def around():
        task = asyncio.create_task(etl())
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(around())
    assert told.one("etl").state == "Crashed"
    assert "cancelled from outside" in told.one("etl").message


def test_a_signal_at_any_moment_leaves_a_final_state_for_every_run(home, run_script, random):
    """Also in the middle of the engine's own work, which is not interrupted."""
    script = dedent("""
        import sys
        from peninsula import flow, get_run_logger, task

        @task
        def quick(number):
            get_run_logger().info("quick")
            return number

        @flow
        def inner():
            return [quick(number) for number in range(5)]

        @flow
        def etl():
            print("ready", flush=True)
            while True:
                inner()
                quick.map(range(3))
                quick(1)

        etl()
    """)
    for _ in range(rounds(6, soak=300)):
        program = run_script(script)
        program.wait_for_line("ready")
        Event().wait(random.uniform(0, 0.1))
        program.signal(random.choice([signal.SIGINT, signal.SIGTERM]))
        assert program.wait() != 0
        lived = Told(home).runs()
        unfinished = [run for run in lived if not run.folded.state.terminal]
        assert not unfinished, [(run.name, run.states) for run in unfinished]
        for folder in Home(home).journals.glob("[!.]*"):
            shutil.rmtree(folder)


def test_a_forked_child_answers_signals_as_without_us(run_script):
    """A pool that terminates its workers finds them with the default handlers."""
    program = run_script(
        dedent("""
            import multiprocessing, signal, time
            from peninsula import flow, task

            @task
            def inside():
                return 1

            def work(ready):
                assert inside() == 1
                ready.set()
                time.sleep(60)

            @flow
            def etl():
                context = multiprocessing.get_context("fork")
                ready = context.Event()
                child = context.Process(target=work, args=(ready,))
                child.start()
                assert ready.wait(20)
                child.terminate()
                child.join()
                return child.exitcode

            print("exit code", etl())
        """)
    )
    assert f"exit code {-signal.SIGTERM}" in program.succeed()


def test_runs_of_a_forked_child_belong_to_the_run_around_it(told, run_script):
    """It tells them in a journal of its own."""
    program = run_script(
        dedent("""
            import multiprocessing
            from peninsula import flow, task

            @task
            def inside():
                return 1

            @flow
            def etl():
                child = multiprocessing.get_context("fork").Process(target=inside)
                child.start()
                child.join()

            etl()
        """)
    )
    program.succeed()
    assert told.one("inside").born.parent == told.one("etl").id
    assert told.one("inside").state == "Completed"


FORKS = """
    import os, sys
    from peninsula import flow, get_run_logger, task

    def hook(*_):
        print("hook", os.getpid() == parent)

    @task(retries=2, on_failure=[hook], on_completion=[hook])
    def forks(how):
        if child := os.fork():
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        get_run_logger().info("from the child")
        if how == "exit":
            sys.exit(7)
        if how == "raise":
            raise RuntimeError(how)
        return how

    @flow(on_completion=[hook], on_failure=[hook], on_crashed=[hook])
    {kind}def etl(how):
        print("left", forks(how))

    parent = os.getpid()
    {call}
    if os.getpid() != parent:
        os._exit(5)
"""


@pytest.mark.parametrize("kind", ["", "async "])
@pytest.mark.parametrize(("how", "code"), [("exit", 7), ("raise", 1), ("return", 5)])
def test_a_forked_child_leaves_the_parents_runs_alone(told, run_script, kind, how, code):
    """However it leaves the functions that it is in, it tells nothing of their runs."""
    call = f"import asyncio; asyncio.run(etl({how!r}))" if kind else f"etl({how!r})"
    output = run_script(dedent(FORKS).format(kind=kind, call=call)).succeed()
    assert f"left {code}" in output
    assert told.one("forks").states == told.one("etl").states == ["Running", "Completed"]
    assert "hook True" in output
    assert "hook False" not in output
    [line] = [line for line in told.one("forks").lines if line.message == "from the child"]
    assert line.level == logging.INFO


GENERATORS = """
    import sys, time
    from peninsula import flow, task

    @task
    def rows(seconds):
        try:
            yield 1
            print("sleeping", flush=True)
            time.sleep(seconds)
            yield 2
        finally:
            print("left", flush=True)

    @flow
    def etl():
        list(rows(60))

    @flow
    def values():
        yield from rows(60)

    def consume():
        for _ in values():
            print("consuming", flush=True)
            time.sleep(60)

    def hold():
        global held
        held = rows(0)
        next(held)

    chosen = {"etl": etl, "values": lambda: list(values()), "consume": consume, "hold": hold}
    chosen[sys.argv[1]]()
"""


@pytest.mark.parametrize("name", ["etl", "values"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_a_generator_crashes_it_and_the_flow(told, run_script, name, number):
    """Its cleanup runs, and the process ends as it would without us."""
    program = run_script(dedent(GENERATORS), name)
    program.wait_for_line("sleeping")
    program.signal(number)
    assert program.wait() == -number if number is signal.SIGTERM else program.wait() != 0
    assert "left" in program.output
    assert {run.state for run in told.runs()} == {"Crashed"}


def test_ctrl_c_in_the_consumer_is_not_held_up_by_a_generator_that_rests(told, run_script):
    """It ends the loop, which closes the generators; that is no fault of theirs."""
    program = run_script(dedent(GENERATORS), "consume")
    program.wait_for_line("consuming")
    program.signal(signal.SIGINT)
    program.wait()
    assert "KeyboardInterrupt" in program.output
    assert "left" in program.output
    assert [run.state for run in told.runs()] == ["Completed", "Completed"]


def test_a_generator_that_is_held_to_the_exit_ends_there(told, run_script):
    """Its cleanup runs, and its run has a final state."""
    assert "left" in run_script(dedent(GENERATORS), "hold").succeed()
    assert told.one("rows").states == ["Running", "Completed"]
