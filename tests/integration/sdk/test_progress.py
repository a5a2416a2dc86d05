"""How far submitted tasks are is shown on a terminal, beneath all else, and leaves no trace."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.terminal import Terminal

HEAD = """
import os, subprocess, sys, threading
from peninsula import flow, get_run_logger, task

steps = os.open("step", os.O_RDWR)

def step():
    os.read(steps, 1)

all = threading.Event()

@task
def clean(n):
    if n == 1: raise ValueError("bad")
    if 3 < n < 200: all.wait()

@task
def load(rows): ...

"""
"""`step` waits until the test goes on; tasks wait until `all` is set."""

Start = Callable[..., Terminal]
ERASE, LINE = "\x1b[J", "clean  804/1,000  1 failed"


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Run a script on a terminal."""
    monkeypatch.chdir(tmp_path)
    os.mkfifo("step")
    with ExitStack() as stack:

        def start(code: str, **options) -> Terminal:
            Path("script.py").write_text(HEAD + code)
            return stack.enter_context(Terminal("script.py", **options))

        yield start


def go_on() -> None:
    """Let the script go on that waits at a step."""
    Path("step").write_text(".")


MAPPED = """
@flow
def nightly():
    rows = clean.map(range(1_000))
    loaded = load.map(rows)
    step()
    get_run_logger().warning("a warning")
    print("a print")
    print("half a line, ", end="")
    step()
    print("and the rest", flush=True)
    subprocess.run(["echo", "of another process"])
    step()
    all.set()

nightly(return_state=True)
step()
"""


def test_submitted_tasks_have_a_line_each(start: Start):
    """With what is over and what failed; it goes with the flow run, before the script goes on."""
    terminal = start(MAPPED)
    terminal.wait_for(LINE)
    terminal.wait_for("load   804/1,000            1 skipped")
    for _ in range(3):
        go_on()
    terminal.wait_for("Completed in")
    terminal.wait_without("/1,000")
    go_on()
    assert terminal.wait() == 0
    assert "?25l" not in terminal.written.decode(), "the cursor is never hidden"


def test_what_is_written_stays_above(start: Start):
    """Logs, prints, half a line, and what another process writes: whole, once, and in order."""
    terminal = start(MAPPED)
    terminal.wait_for(LINE)
    go_on()
    terminal.wait_for("a print")
    terminal.wait_for(LINE)
    go_on()
    terminal.wait_for("of another process")
    terminal.wait_for(LINE)
    go_on()
    terminal.wait_for("Completed in")
    go_on()
    terminal.wait()
    said = [line for line in terminal.lines if line.startswith(("a print", "half", "of"))]
    assert said == ["a print", "half a line, and the rest", "of another process"]
    assert sum(line.endswith("a warning") for line in terminal.lines) == 1


def test_a_file_gets_what_is_printed_and_nothing_else(start: Start, tmp_path: Path):
    """With stdout in a file, lines are drawn on the terminal that stderr is."""
    with (tmp_path / "out").open("wb") as out:
        terminal = start(MAPPED, stdout=out)
    terminal.wait_for(LINE)
    for _ in range(3):
        go_on()
    terminal.wait_for("Completed in")
    go_on()
    terminal.wait()
    printed = (tmp_path / "out").read_text().splitlines()
    assert sorted(printed) == ["a print", "half a line, and the rest", "of another process"]


def test_the_busiest_have_lines_where_not_all_fit(start: Start):
    """The others are counted."""
    terminal = start(
        "@flow\ndef wide():\n"
        "    for n in range(20):\n"
        "        clean.with_options(name=f'clean-{n:02}').map([9] * (n + 1))\n"
        "    step()\n"
        "    all.set()\n"
        "wide()\n",
        size=(60, 12),
    )
    terminal.wait_for("… 12 more")
    assert terminal.wait_for("clean-19").startswith("clean-19  0/20")
    assert not any("clean-11" in line for line in terminal.lines)
    go_on()
    assert terminal.wait() == 0


@pytest.mark.parametrize(
    "env", [{"TERM": "dumb"}, {"PENINSULA_PROGRESS": "false"}], ids=lambda env: next(iter(env))
)
def test_nothing_is_drawn_where_it_is_not_wanted(start: Start, env: dict[str, str]):
    """No thread either: it is never begun."""
    terminal = start(
        "@flow\ndef quiet():\n    clean.submit(9)\n    step()\n"
        "    print(*(each.name for each in threading.enumerate()))\n    all.set()\n"
        "quiet()\n",
        env=env,
    )
    go_on()
    assert terminal.wait() == 0
    assert "peninsula-progress" not in terminal.written.decode()
    assert "peninsula-task" in terminal.written.decode()


def test_no_color_is_plain(start: Start):
    """The same line without colours."""
    terminal = start(MAPPED, env={"NO_COLOR": "1"})
    terminal.wait_for(LINE)
    assert "\x1b[31m" not in terminal.written.decode()


def test_work_that_soon_ends_draws_nothing(start: Start):
    """Nor is rich imported: a flow of half a second does not pay for it."""
    terminal = start(
        "@flow\ndef quick():\n    clean.map([2] * 20).wait()\n"
        "quick()\nprint('rich' in sys.modules)\n"
    )
    assert terminal.wait() == 0
    assert terminal.lines[-1] == "False"
    assert ERASE not in terminal.written.decode()


def test_a_display_of_the_flow_has_the_terminal(start: Start):
    """Who steers the cursor draws there, and two of them would tear each other."""
    terminal = start(
        "@flow\ndef own():\n    clean.submit(9)\n    step()\n"
        "    print('\\x1b[2Kmine')\n    step()\n    all.set()\n"
        "own()\n"
    )
    terminal.wait_for("clean  0/1")
    go_on()
    terminal.wait_for("mine")
    drawn = terminal.written.decode().rpartition("mine")[2]
    go_on()
    assert terminal.wait() == 0
    assert "clean  " not in drawn + terminal.written.decode().rpartition("mine")[2]


def test_an_interrupted_flow_leaves_a_clean_terminal(start: Start):
    """Ctrl-C takes the lines away, and the traceback is whole."""
    terminal = start(MAPPED)
    terminal.wait_for(LINE)
    terminal.signal(signal.SIGINT)
    assert terminal.wait() == -signal.SIGINT
    assert terminal.lines[-1] == "KeyboardInterrupt"
    assert not any("/1,000" in line for line in terminal.lines)


def test_a_forked_child_writes_for_itself(start: Start):
    """It draws nothing, waits for no lock of its parent's, and its own flows run."""
    terminal = start(
        "@flow\ndef child():\n    clean.map([2, 3]).wait()\n    print('the child')\n"
        "@flow\ndef forks():\n    clean.submit(9)\n    step()\n"
        "    if os.fork() == 0:\n        child()\n        os._exit(0)\n"
        "    os.wait()\n    all.set()\n"
        "forks()\n"
    )
    terminal.wait_for("clean  0/1")
    go_on()
    assert terminal.wait() == 0
    assert "the child" in terminal.written.decode()
    assert not any(line.startswith("clean") for line in terminal.lines)


def test_a_stream_writes_as_before_when_the_work_is_over(start: Start):
    """Also by a method that was taken from it meanwhile."""
    terminal = start(
        "@flow\ndef keeps():\n    clean.submit(9)\n    step()\n"
        "    kept.append(sys.stdout.write)\n    all.set()\n"
        "kept = []\nkeeps()\n"
        "print('after')\nkept[0]('by the kept one\\n')\nprint(vars(sys.stdout))\n"
    )
    terminal.wait_for("clean  0/1")
    go_on()
    assert terminal.wait() == 0
    after = terminal.written.decode().partition("after")[2]
    assert "\x1b" not in after
    assert "by the kept one" in after
    assert "'write'" not in after


def test_processes_that_run_tasks_draw_nothing(start: Start):
    """What their tasks submit is theirs; on the terminal they share, the flow's process draws."""
    terminal = start(
        "from peninsula.task_runners import ProcessPoolTaskRunner\n"
        "@task\ndef far():\n    below.submit().wait()\n"
        "@task\ndef below():\n    open('step').read(1)\n    print('drew:', 'rich' in sys.modules)\n"
        "@flow(task_runner=ProcessPoolTaskRunner(1))\ndef sends():\n    far.submit()\n"
        "if __name__ == '__main__':\n    sends()\n"
    )
    terminal.wait_for("far  0/1")
    go_on()
    assert terminal.wait() == 0
    assert any("drew: False" in line for line in terminal.lines)


def test_peninsula_run_shows_its_tree_instead(start: Start):
    """Only where its stdout is no terminal, the lines are drawn."""
    Path("flows.py").write_text(
        HEAD + "@flow\ndef one():\n    clean.submit(9)\n    step()\n    all.set()\n"
    )
    with ExitStack() as stack:
        command = ("-m", "peninsula", "run", "flows.py")
        out = stack.enter_context(Path("out").open("wb"))
        terminal = stack.enter_context(Terminal(*command, stdout=out))
        terminal.wait_for("clean  0/1")
        go_on()
        assert terminal.wait() == 0
        tree = stack.enter_context(Terminal(*command))
        tree.wait_for("clean-0")
        go_on()
        assert tree.wait() == 0
        assert "clean  0/1" not in tree.written.decode()
    assert "Completed" in Path("out").read_text()
