"""Commands that draw on a terminal leave it whole when they are told to end."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.support.terminal import Terminal

FLOW = """
import time
from peninsula import flow

@flow(flow_run_name="endless")
def endless():
    print("begun", flush=True)
    while True:
        time.sleep(0.01)

if __name__ == "__main__":
    endless()
"""


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    """A flow that does not end by itself, in a file."""
    path = tmp_path / "endless.py"
    path.write_text(FLOW)
    return path


def test_a_run_that_is_terminated_is_shown_as_it_ended(endless):
    """The last tree has the run's end, and the cursor is back."""
    with Terminal("-m", "peninsula", "run", f"{endless}:endless") as terminal:
        terminal.wait_for("Running")
        terminal.wait_for("begun")
        terminal.signal(signal.SIGTERM)
        assert terminal.wait() == -signal.SIGTERM
        [shown] = [line for line in terminal.lines if "endless / endless" in line]
        assert "Crashed" in shown
        assert not terminal.screen.cursor.hidden


def test_a_watch_that_is_terminated_gives_the_cursor_back(server, run_script):
    """What it drew stays, and the exit code says which signal it was."""
    assert server.url
    run_script(FLOW).wait_for_line("begun")
    with Terminal("-m", "peninsula", "flow-run", "watch", "endless") as terminal:
        terminal.wait_for("Running")
        terminal.signal(signal.SIGTERM)
        assert terminal.wait() == 128 + signal.SIGTERM
        assert not terminal.screen.cursor.hidden
        assert not any("Traceback" in line for line in terminal.lines)
