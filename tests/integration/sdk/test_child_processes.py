"""What a program has started beside itself ends with it, however it ends."""

from __future__ import annotations

from textwrap import dedent

import pytest

from peninsula.sdk.remote import child_processes
from tests.support.processes import wait_until

PROGRAM = """
    import subprocess, sys, time
    from peninsula.sdk.remote import child_processes

    # The shell has a child of its own, as the daemon of a cluster has.
    shell = subprocess.Popen(["sh", "-c", "sleep 600; true"])
    while not (started := child_processes.below("sh")):
        time.sleep(0.01)
    guard = child_processes.Guard(started, patience=0.1)
    print("guarded", started[0].pid, started[0].began, flush=True)
    if sys.argv[1:] == ["release"]:
        guard.release()
    else:
        time.sleep(600)
"""


@pytest.mark.parametrize("releases", [False, True])
def test_a_guard_ends_what_a_killed_program_leaves(run_script, releases):
    """One that was released leaves it alone."""
    program = run_script(dedent(PROGRAM), *["release"] * releases)
    _, pid, began = program.wait_for_line("guarded").split()
    child = child_processes.Child(int(pid), began)
    if releases:
        program.succeed()
        assert child_processes.alive([child]) == {child}
        child_processes.end([child], patience=0)
    else:
        program.kill()
    wait_until(lambda: not child_processes.alive([child]), what="the end of what was left")
