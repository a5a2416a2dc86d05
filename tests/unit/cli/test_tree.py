"""How a run and what is below it are drawn."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from rich.cells import cell_len

from peninsula.cli import tree
from peninsula.cli.tree import Forest, Line
from peninsula.core.runs import NO_PARAMETERS, Run, RunKind
from peninsula.core.states import NAMES, State, StateType
from tests.support.make import START

NOW = START + timedelta(minutes=5)

TOOK = json.loads((Path(__file__).parents[2] / "support/took.json").read_text())


def a_run(name: str, parent: Run | None = None, **parts) -> Run:
    """A run that is Running for five minutes, unless told otherwise."""
    id_ = uuid4()
    state = parts.pop("state", "Running")
    message = parts.pop("message", None)
    task = parts.pop("task", name if parent else None)
    type_ = NAMES[state]
    return Run(
        id=id_,
        kind=RunKind.TASK_RUN if task else RunKind.FLOW_RUN,
        name=name,
        flow=None if task else parts.pop("flow", "nightly"),
        flow_id=None,
        task=task,
        key=None,
        parent=parent.id if parent else None,
        root=parent.root if parent else id_,
        tags=(),
        parameters=NO_PARAMETERS,
        state=State(type=type_, name=state, timestamp=START, message=message),
        created=parts.pop("created", START),
        expected=START,
        started=None if type_ is StateType.PENDING else START,
        ended=START + timedelta(seconds=3) if type_.terminal else None,
        attempts=parts.pop("attempts", 1),
        retries=parts.pop("retries", 0),
        start=1,
        version=None,
        code=None,
        deployment=None,
        process=uuid4(),
    )


def drawn(*runs: Run) -> list[Line]:
    """The lines of the first run's tree."""
    return tree.lines(a_forest(*runs), NOW)


def a_forest(*runs: Run) -> Forest:
    """The runs, known."""
    forest = Forest()
    for run in runs:
        forest.put(run)
    return forest


def text(*runs: Run, width: int = 80) -> list[str]:
    """The drawing, line by line."""
    return tree.draw(drawn(*runs), width).plain.split("\n")


def test_a_run_has_icon_word_and_time():
    """The first line is the run itself."""
    assert text(a_run("brisk-otter")) == ["● nightly / brisk-otter  Running  5m 00s"]


def test_what_is_below_is_drawn_in_the_order_of_creation():
    """Branches show who called whom."""
    top = a_run("brisk-otter")
    later = a_run("write", top, created=START + timedelta(seconds=2), state="Pending")
    first = a_run("read", top, state="Completed")
    sub = a_run("sub", top, task=None, flow="by-carrier", created=START + timedelta(seconds=1))
    inner = a_run("sum", sub, state="Completed")
    assert text(top, later, first, sub, inner) == [
        "● nightly / brisk-otter  Running    5m 00s",
        "├─ ✓ read                Completed    3.0s",
        "├─ ● by-carrier / sub    Running    5m 00s",
        "│  └─ ✓ sum              Completed    3.0s",
        "└─ ○ write               Pending          ",
    ]


def test_a_failure_says_why_in_the_next_line():
    """The first line of the message stands below the run that failed."""
    top = a_run("brisk-otter")
    failed = a_run("read", top, state="Failed", message="ValueError: no rows\nin any file")
    assert text(top, failed)[-1] == "     ValueError: no rows"


def test_a_message_is_whole_where_there_is_time_to_read_it():
    """In the end it takes as many lines as it needs, beside the branches."""
    top = a_run("brisk-otter")
    failed = a_run("read", top, state="Failed", message="ValueError: " + "no rows " * 12)
    text = tree.draw(drawn(top, failed, a_run("write", top)), 60, whole=True).plain
    lines = [line for line in text.split("\n") if "rows" in line]
    assert len(lines) == 2
    assert all(line.startswith("│    ") and len(line) <= 60 for line in lines)


@pytest.mark.parametrize(
    "told", TOOK["runs"], ids=lambda told: f"{told['state'][1]} {told['took']}"
)
def test_time_goes_on_where_a_process_has_the_run(told: dict[str, Any]):
    """Not where it is to be started again or suspended; the pages have the same table."""
    started, now = (datetime.fromisoformat(TOOK[at]) for at in ("started", "now"))
    type_, name = told["state"]
    run = structs.replace(
        a_run("brisk-otter"),
        state=State(type=StateType(type_), name=name, timestamp=started),
        started=started,
        ended=datetime.fromisoformat(told["ended"]) if told.get("ended") else None,
        process=uuid4() if told["process"] else None,
    )
    assert tree.took(run, now) == told["took"]


def test_a_group_with_a_cancelled_run_does_not_look_completed():
    """Its icon is that of the end nobody wished for, also where most went well."""
    top = a_run("brisk-otter")
    runs = [a_run(f"read-{n}", top, task="read", state="Completed") for n in range(5)]
    cancelled = a_run("read-5", top, task="read", state="Cancelled")
    assert text(top, *runs, cancelled)[1].startswith("└─ ⊘ read ")
    assert "5 Completed, 1 Cancelled" in text(top, *runs, cancelled)[1]


def test_a_retry_says_which_attempt_it_is():
    """Of how many, and why it is not the first."""
    top = a_run("brisk-otter")
    again = a_run("read", top, state="Retrying", attempts=2, retries=3, message="OSError: reset")
    lines = text(top, again)
    assert "↻ read" in lines[1]
    assert "Retrying, attempt 2 of 4" in lines[1]
    assert lines[2].strip() == "OSError: reset"


def test_mapped_tasks_are_one_line():
    """Many runs of one task are counted by state; those that failed are named."""
    top = a_run("brisk-otter")
    mapped = [
        a_run(f"sum-{n}", top, task="sum", state="Failed" if n == 7 else "Completed", message="no")
        for n in range(16)
    ]
    lines = drawn(top, *mapped)
    assert lines[1].name == "sum \N{MULTIPLICATION SIGN}16"
    assert lines[1].state == "15 Completed, 1 Failed"
    assert [line.name for line in lines[2:]] == ["sum-7", "no"]


def test_few_runs_of_a_task_are_not_grouped():
    """Four lines are read faster than a count."""
    top = a_run("brisk-otter")
    assert len(drawn(top, *(a_run(f"sum-{n}", top, task="sum") for n in range(4)))) == 5


def test_what_is_over_goes_first_where_there_is_no_room():
    """What runs and what failed stays in sight, in its order."""
    top = a_run("brisk-otter")
    over = [a_run(f"t{n}", top, state="Completed") for n in range(20)]
    failed, running = a_run("bad", top, state="Failed"), a_run("busy", top)
    lines, missing = tree.fit(drawn(top, *over, failed, running), 6)
    assert [line.name for line in lines] == ["nightly / brisk-otter", "t0", "t1", "bad", "busy"]
    assert missing == 18


def test_a_tree_deeper_than_any_terminal_is_cut_with_a_count():
    """A thousand levels are drawn without a thousand guides."""
    runs = [a_run("top")]
    for level in range(1000):
        runs.append(a_run(f"level-{level}", runs[-1], task=None))
    assert "1 more below" in drawn(*runs)[-1].name


@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.sampled_from(sorted(NAMES)), st.text(max_size=60)),
        max_size=30,
    ),
    st.integers(20, 200),
    st.integers(3, 40),
)
def test_no_drawing_is_wider_or_taller_than_its_terminal(
    told: list[tuple[int, str, str]], width: int, height: int
):
    """Whatever the names and states, lines fit; wide characters and control codes included."""
    runs = [a_run("日本語の流れ")]
    for parent, state, name in told:
        runs.append(a_run(name, runs[parent % len(runs)], state=state, message=name, task="t"))
    lines, missing = tree.fit(drawn(*runs), height)
    rows = tree.draw(lines, width).plain.split("\n")
    assert len(rows) + bool(missing) <= height
    whole = tree.draw(lines, width, whole=True).plain.split("\n")
    assert all(cell_len(row) <= width for row in (*rows, *whole))


@pytest.mark.parametrize("name", ["\x1b[31mred\x1b[0m", "a\nb", "tab\there", "\x07bell"])
def test_names_cannot_steer_the_terminal(name: str):
    """Escape sequences and control characters of others are taken out."""
    top = a_run(name)
    line = "".join(text(top))
    assert not any(ord(character) < 32 for character in line)


def test_a_run_keeps_its_place_when_it_changes():
    """Taking in a change does not double the run."""
    top = a_run("brisk-otter")
    task = a_run("read", top)
    forest = a_forest(top, task)
    forest.put(task)
    assert len(forest.below(top.id)) == 1


def test_an_unknown_parent_does_not_matter():
    """Runs may become known before the one that called them."""
    top = a_run("brisk-otter")
    orphan = a_run("read", top)
    forest = Forest()
    forest.put(orphan)
    forest.put(top)
    assert [line.name for line in tree.lines(forest, NOW)][1:] == ["read"]
