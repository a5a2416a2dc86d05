"""Processes that run tasks: whatever ends them or their flow, all is told and nobody is left."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from textwrap import dedent

import pytest

from peninsula import flow, task
from peninsula.core.errors import RunCrashedError
from peninsula.task_runners import ProcessPoolTaskRunner
from tests.support.processes import wait_until

# Without `if __name__ == "__main__"`: no process runs the program again.
SCRIPT = """
    import os, time
    from peninsula import flow, task
    from peninsula.task_runners import ProcessPoolTaskRunner

    @task
    def busy(number):
        os.write(1, f"busy in {os.getpid()}\\n".encode())  # in one piece
        while True:
            time.sleep(0.01)

    @task
    def stuck(number):
        os.write(1, f"busy in {os.getpid()}\\n".encode())  # in one piece
        time.sleep(600)

    @flow(task_runner=ProcessPoolTaskRunner(max_workers=2))
    def etl(name):
        print("begin", flush=True)
        globals()[name].map([1, 2, 3])

    etl(os.environ["TASK"])
"""


def started(run_script, name="busy", workers=2):
    """Start the program; return it and the ids of its workers once each is in a task."""
    program = run_script(dedent(SCRIPT), env={"TASK": name})
    first = program.wait_for_line("busy in")
    second = program.wait_for_line("busy in", start=program.lines.index(first) + 1)
    return program, [int(line.rpartition(" ")[2]) for line in (first, second)]


def gone(pids):
    """Wait until no process of these is left."""
    wait_until(lambda: not any(map(alive, pids)), what="the end of the workers")


def alive(pid):
    """Tell whether a process runs: one that nobody has waited for yet does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


@task
def add_one(number):
    """Return one more."""
    return number + 1


@task
def die(how):
    """End the process in the middle."""
    os.kill(os.getpid(), how) if how else os._exit(3)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (signal.SIGKILL, "was ended by SIGKILL in the middle of the task. The kernel"),
        (0, "left with code 3 in the middle of the task."),
    ],
)
def test_a_killed_worker_crashes_its_run_and_no_other(told, how, said):
    """The flow goes on with a new process; waiting for that result raises."""

    @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
    def etl():
        before, dead, after = add_one.submit(1), die.submit(how), add_one.submit(2)
        with pytest.raises(RunCrashedError, match="The worker process"):
            dead.result()
        return before.result(), after.result()

    assert etl() == (2, 3)
    run = told.one("die")
    assert run.state == "Crashed"
    assert said in run.message


def test_sigterm_of_a_worker_crashes_its_run(told):
    """The run says so itself, before the process ends."""

    @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
    def etl():
        return die.submit(signal.SIGTERM, return_state=True).name

    assert etl() == "Crashed"
    assert "SIGTERM" in told.one("die").message


def test_ctrl_c_ends_flow_tasks_and_workers(told, run_script):
    """The terminal sends it to the whole group; the tasks are cancelled, in their processes."""
    program, workers = started(run_script)
    os.killpg(program.pid, signal.SIGINT)
    assert program.wait() != 0
    gone(workers)
    assert told.one("etl").state == "Crashed"
    assert [run.state for run in told.all("busy")] == ["Cancelled"] * 3
    assert "KeyboardInterrupt" in program.output


def test_a_task_that_cannot_be_interrupted_is_killed_with_its_process(told, run_script):
    """After some seconds; its state says where it was."""
    program, workers = started(run_script, "stuck")
    program.signal(signal.SIGTERM)
    program.wait()
    gone(workers)
    runs = told.all("stuck")
    assert {run.state for run in runs} <= {"Cancelled", "Crashed"}
    assert all(run.folded.state.terminal for run in runs)


def test_workers_end_with_their_flow_however_it_ends(told, run_script):
    """A flow that is killed leaves no process; what ran there says that it lost its flow."""
    program, workers = started(run_script)
    program.kill()
    gone(workers)
    states = {run.message for run in told.all("busy") if run.state == "Crashed"}
    assert states == {"The process of its flow run is gone."}
