"""How a process ended, by what the kernel says of it."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from peninsula.launching.exits import Exit, MemoryKills, exit_of
from peninsula.launching.output import KEPT, LAST, Output


@pytest.fixture
def counts(tmp_path: Path) -> tuple[Path, Path]:
    """Where the kernel counts: of the group and of the machine."""
    group, machine = tmp_path / "memory.events", tmp_path / "vmstat"
    group.write_text("low 0\noom 1\noom_kill 1\n")
    machine.write_text("nr_free_pages 5\noom_kill 7\n")
    return group, machine


def ended(code: str, kills: MemoryKills) -> Exit:
    """How a Python program ended."""
    process = subprocess.Popen([sys.executable, "-c", code])
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = 0
    return exit_of(status, used, 1.5, 1 << 20, kills)


def test_an_exit_code_and_a_signal_are_told_apart(counts):
    """With what it used."""
    kills = MemoryKills(*counts)
    left = ended("raise SystemExit(3)", kills)
    assert (left.code, left.signal, str(left)) == (3, None, "ended with exit code 3.")
    assert left.cpu_seconds is not None
    killed = ended("import os; os.kill(os.getpid(), 9)", kills)
    assert (killed.code, killed.signal, killed.out_of_memory) == (None, "SIGKILL", None)
    assert killed.told["signal"] == "SIGKILL"


@pytest.mark.parametrize("where", [0, 1])
def test_a_kill_for_memory_needs_a_count_that_grew(counts, where):
    """Of its group, or of the machine; and a SIGKILL."""
    kills = MemoryKills(*counts)
    counts[where].write_text("oom_kill 8\n")
    killed = ended("import os; os.kill(os.getpid(), 9)", kills)
    assert killed.out_of_memory == f"oom_kill of {counts[where]} grew"
    assert str(killed).startswith("was killed by the kernel for want of memory.")
    assert ended("import os; os.kill(os.getpid(), 15)", kills).out_of_memory is None


def test_where_nothing_is_counted_nothing_is_evidence(tmp_path):
    """Files that are not there, as on another system."""
    assert MemoryKills(tmp_path / "none", tmp_path / "nor").evidence() is None


def test_the_peak_is_that_of_the_child_where_it_is_larger():
    """Linux counts from before it was another program."""
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 + (16 << 20)
    found = ended(f"x = b'x' * {size}", MemoryKills())
    assert found.peak_memory is not None
    assert found.peak_memory >= size


def test_a_signal_that_has_no_name_is_a_number():
    """As real-time signals are."""
    found = ended(f"import os; os.kill(os.getpid(), {signal.SIGRTMIN + 3})", MemoryKills())
    assert found.signal is not None


def test_output_is_given_line_by_line_as_it_comes(tmp_path):
    """A line that is not whole waits for its end."""
    path = tmp_path / "out"
    path.write_bytes(b"one\ntw")
    output = Output(path)
    assert output.read_on() == ["one"]
    with path.open("ab") as file:
        file.write(b"o\n\xff three")
    assert output.read_on() == ["two"]
    assert output.close() == ["\N{REPLACEMENT CHARACTER} three"]


def test_of_much_output_the_first_and_the_last_lines_are_given(tmp_path):
    """With a word of how many were left out."""
    path = tmp_path / "out"
    total = KEPT + LAST + 100
    path.write_text("".join(f"line {number}\n" for number in range(total)))
    output = Output(path)
    assert len(output.read_on()) == KEPT
    said, *last = output.close()
    assert said.startswith("… 100 lines were left out here")
    assert (len(last), last[-1]) == (LAST, f"line {total - 1}")
