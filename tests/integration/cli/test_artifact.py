"""`peninsula artifact` over what a flow has made."""

from __future__ import annotations

import pytest

from tests.integration.cli.conftest import Cli

FLOW = """
from peninsula import flow, task
from peninsula.artifacts import (
    create_link_artifact, create_markdown_artifact, create_progress_artifact, create_table_artifact
)

@task
def check():
    create_table_artifact([{"rows": 3}, {"rows": 4}], key="quality", description="Of today")

@flow(flow_run_name="here")
def nightly():
    create_markdown_artifact("# Report\\n" + "x" * 50_000, key="report")
    create_markdown_artifact("# Newer", key="report")
    check()
    create_link_artifact("https://x.org", "X")
    create_progress_artifact(40)

nightly()
"""


@pytest.fixture
def made(run_script, cli: Cli) -> Cli:
    """A command, in a home where the flow has run."""
    run_script(FLOW).succeed()
    return cli


def test_ls_shows_the_artifacts_that_are_meant(made: Cli):
    """The newest first; by key, kind, run, flow, and of each key the newest."""
    lines = made("artifact", "ls").out.splitlines()
    assert lines[0].split() == ["ID", "KIND", "KEY", "DESCRIPTION", "CREATED"]
    assert [line.split()[1] for line in lines[1:]] == [
        "progress",
        "link",
        "table",
        "markdown",
        "markdown",
    ]
    for options, count in (
        (["--latest"], 4),
        (["--key", "report"], 2),
        (["--kind", "table", "--kind", "link"], 2),
        (["--run", "here"], 5),
        (["--flow", "nightly", "--key", "quality"], 1),
        (["--flow", "weekly"], 0),
    ):
        assert len(made("artifact", "ls", "--json", *options).json) == count, options


def test_inspect_shows_the_body_and_the_versions(made: Cli):
    """By key the newest is meant, by id any."""
    out = made("artifact", "inspect", "report").out
    assert "# Newer\n" in out
    assert out.partition("Versions of report")[2].count("markdown") == 2
    older = made("artifact", "ls", "--key", "report", "--json").json[-1]["id"]
    assert made("artifact", "inspect", older, "--json").json["body"].endswith("x" * 50_000)
    out = made("artifact", "inspect", "quality").out
    assert "description  Of today\n" in out
    assert '{"rows":3}\n{"rows":4}\n' in out


def test_bodies_of_any_kind_are_shown(made: Cli):
    """A link with its text, progress in percent."""
    ids = {one["kind"]: one["id"] for one in made("artifact", "ls", "--json").json}
    assert "X: https://x.org\n" in made("artifact", "inspect", ids["link"]).out
    assert "\n40 %\n" in made("artifact", "inspect", ids["progress"]).out


def test_one_that_is_not_there_is_an_error(cli: Cli):
    """It names what was asked for, and says where they are listed."""
    done = cli("artifact", "inspect", "nothing")
    assert (done.code, done.out) == (1, "")
    assert "'nothing'" in done.err
    assert "peninsula artifact ls" in done.err
