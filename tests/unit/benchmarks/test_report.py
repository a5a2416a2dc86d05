"""What a benchmark says must follow from what it measured."""

from __future__ import annotations

import pytest

from benchmarks import report
from benchmarks.machine import Machine
from benchmarks.report import Figure
from benchmarks.rows import Row, Series, percentile

MACHINE = Machine(
    processor="Z80", cores=2, memory=24, system="Linux 6", python="3.11", sqlite="3", load=0.2
)


def row(**parts):
    """A row in seconds, less is better."""
    defaults = {
        "what": "hello",
        "unit": "s",
        "ours": Series((0.1, 0.2, 0.3)),
        "peers": {"Prefect": Series((2.0, 1.0, 4.0)), "DBOS": Series(note="has no server")},
        "goal": 0.35,
    }
    return Row(**{**defaults, **parts})


def figure(*rows):
    """A figure with these rows."""
    return Figure(
        name="hello",
        title="Hello, world",
        measured="2026-11-22",
        commit="abc",
        machine=MACHINE,
        versions={"Prefect": "3.8.8"},
        stored=1,
        rows=rows,
    )


def test_ratio_of_medians():
    """A ratio compares medians, and is above 1 where we are better."""
    assert row().ratio("Prefect") == pytest.approx(10)
    assert row(higher=True).ratio("Prefect") == pytest.approx(0.1)


def test_ratio_needs_both():
    """Who was not measured has no ratio."""
    assert row().ratio("DBOS") is None
    assert row(ours=Series(note="no PostgreSQL")).ratio("Prefect") is None


@pytest.mark.parametrize(
    ("goal", "higher", "reached"),
    [(0.2, False, True), (0.19, False, False), (0.2, True, True), (0.21, True, False)],
)
def test_goal(goal, higher, reached):
    """A goal is a bound for the median, from below where more is better."""
    assert row(goal=goal, higher=higher).reached is reached


def test_no_goal():
    """Without a goal nothing is reached or missed."""
    assert row(goal=None).reached is None


def test_percentile():
    """95 of 100 values do not exceed the 95th percentile."""
    assert percentile([float(value) for value in range(101)], 95) == pytest.approx(95)


def test_lines_say_everything():
    """A terminal sees median, spread, goal, ratio, and why there is no value."""
    said = "\n".join(report.lines([row(goal=0.1)]))
    assert "0.2 s (0.1-0.3)" in said
    assert "MISSED" in said
    assert "10x" in said
    assert "has no server" in said


def test_page_is_a_table():
    """Each row of the docs' table has a cell for each column."""
    page = report.page({"hello": figure(row(), row(what="again", goal=None))}, ["hello", "other"])
    table = [line for line in page.splitlines() if line.startswith("|")]
    assert [line.count("|") for line in table] == [table[0].count("|")] * 4
    assert "Prefect 3.8.8" in table[0]
    assert "DBOS" not in table[0]


def test_json_round_trip(tmp_path):
    """What was written is read again, for a later comparison."""
    figures = {"hello": figure(row())}
    report.write(tmp_path / "new/results.json", figures)
    assert report.read(tmp_path / "new/results.json") == figures


def test_no_results_yet(tmp_path):
    """Before the first results there are none."""
    assert report.read(tmp_path / "missing.json") == {}
