"""The kernel kills a run that takes more memory than there is: for real, in a control group."""

from __future__ import annotations

import sys
from textwrap import dedent
from uuid import UUID

import pytest

from tests.support.memory_group import memory_group
from tests.support.processes import Program, python, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Kernel: groups are of Linux")

LIMIT = 400 << 20

EATS = """
    import time
    from peninsula import flow

    @flow
    def eats():
        held = bytearray(600 << 20)
        for place in range(0, len(held), 4096):
            held[place] = 1
        time.sleep(600)
"""


@pytest.fixture
def worker(runs):
    """A worker whose runs, with it, have that much memory."""
    (runs.folder / "eats.py").write_text(dedent(EATS))
    start = ("worker", "start", "--pool", "lake", "--type", "process", "--name", "one")
    with (
        memory_group(LIMIT) as within,
        Program([*within, sys.executable, "-m", "peninsula", *start], cwd=runs.folder) as started,
    ):
        started.wait_for_line("serves the work pool")
        yield started


def test_a_kill_for_memory_is_named(runs, worker):
    """By the state, by what it follows, and by `peninsula why`; the worker goes on."""
    pool = UUID(runs.get("work-pools/lake")["id"])
    run = runs.submit("eats", pool, entrypoint="eats.py:eats")
    message = runs.until(run, "Crashed")["state"]["message"]
    assert "killed by the kernel for want of memory" in message
    [killed] = wait_until(
        lambda: [e for e in runs.events(run) if e["event"].endswith("process.out-of-memory")],
        what="the kill to be told",
    )
    assert runs.get(f"flow-runs/{run}/why")["cause"] == killed["id"]
    with python("-m", "peninsula", "why", str(run)) as why:
        assert why.wait() == 0
        assert "out-of-memory" in why.output
    assert worker.returncode is None
