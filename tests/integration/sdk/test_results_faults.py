"""A process that ends in the middle of a result leaves no half of it, and no lock."""

from __future__ import annotations

import signal
from textwrap import dedent

import pytest

SCRIPT = dedent("""
    import sys, time
    from pathlib import Path
    from peninsula import flow, task
    from peninsula.cache_policies import INPUTS
    from peninsula.transactions import IsolationLevel, transaction

    LOCKED = INPUTS.configure(isolation_level=IsolationLevel.SERIALIZABLE)

    @task(cache_policy=INPUTS, result_storage=Path(sys.argv[2]))
    def quick(value):
        return value

    @quick.on_rollback
    def undo(txn):
        print("undone", flush=True)

    @task(cache_policy=LOCKED, result_storage=Path(sys.argv[2]))
    def slow(value):
        print("working", flush=True)
        time.sleep(60 if sys.argv[3:] else 0)
        return value

    @flow
    def staged():
        with transaction():
            quick(1)
            print("working", flush=True)
            time.sleep(60)

    @flow
    def locked():
        print("asking", flush=True)
        return slow(1)

    globals()[sys.argv[1]]()
    print("over", flush=True)
""")


def kept(folder) -> list[str]:
    """Return the results that are there."""
    return [path.name for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_what_is_staged_is_never_seen(told, run_script, tmp_path, number):
    """Not after kill -9, Ctrl-C or SIGTERM in the middle of the transaction."""
    program = run_script(SCRIPT, "staged", str(tmp_path / "results"))
    program.wait_for_line("working")
    program.signal(number)
    assert program.wait() != 0
    assert kept(tmp_path / "results") == []
    assert ("undone" in program.output) == (number != signal.SIGKILL)
    if number != signal.SIGKILL:
        assert told.one("staged").state == "Crashed"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_the_lock_of_who_is_gone_is_free(told, run_script, tmp_path, number):
    """The next process makes the result, without waiting for anybody."""
    results = str(tmp_path / "results")
    program = run_script(SCRIPT, "locked", results, "long")
    program.wait_for_line("working")
    program.signal(number)
    program.wait()
    after = run_script(SCRIPT, "locked", results)
    assert "over" in after.succeed()
    assert len(kept(tmp_path / "results")) == 1
    assert [run.state for run in told.all("slow")][-1] == "Completed"


def test_who_waits_for_a_lock_takes_the_result(told, run_script, tmp_path):
    """Of the process that had it: the second one does not work."""
    results = str(tmp_path / "results")
    first = run_script(SCRIPT.replace("sleep(60 if", "sleep(0.5 if"), "locked", results, "long")
    first.wait_for_line("working")
    second = run_script(SCRIPT, "locked", results)
    assert "working" not in second.succeed()
    first.succeed()
    assert sorted(run.state for run in told.all("slow")) == ["Cached", "Completed"]


def test_ctrl_c_ends_who_waits_for_a_lock(told, run_script, tmp_path):
    """With a final state for the run that never began."""
    results = str(tmp_path / "results")
    first = run_script(SCRIPT, "locked", results, "long")
    first.wait_for_line("working")
    second = run_script(SCRIPT, "locked", results)
    second.wait_for_line("asking")
    second.signal(signal.SIGINT)
    assert second.wait() != 0
    assert [run.state for run in told.all("locked")].count("Crashed") == 1
    first.kill()
