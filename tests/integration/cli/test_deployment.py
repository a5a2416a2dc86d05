"""`peninsula deploy` and `peninsula deployment` over the database of a home."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from peninsula.cli.connect import ask
from tests.integration.cli.conftest import Cli

FLOW = """
    from peninsula import flow

    @flow
    def etl(day: int = 1):
        return day
"""

PROJECT = """
    pull:
      - set_working_directory: {directory: /srv/flows}
    deployments:
      - name: nightly
        entrypoint: etl.py:etl
        work_pool: {name: lake, work_queue_name: default}
        tags: [sales]
        schedules:
          - cron: "30 2 * * *"
            timezone: Europe/Berlin
            catchup: latest
        parameters: {day: 3}
        concurrency_limit: {limit: 1, collision_strategy: CANCEL_NEW}
      - name: by-hand
        entrypoint: etl.py:etl
        work_pool: lake
        pull: []
"""

TWO = """deployments:
  - {name: x, entrypoint: etl.py:etl}
  - name: y
    entrypoint: etl.py:etl
"""


@pytest.fixture
def folder(home: Path, tmp_path: Path) -> Path:
    """A folder with a flow, and a work pool in the home."""
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "etl.py").write_text(dedent(FLOW))
    ask(lambda api: api.create_work_pool("lake", "process"))
    return folder


def test_a_file_deploys_all_that_it_has(cli: Cli, folder: Path):
    """With pull steps of its own, or those of the file."""
    (folder / "peninsula.yaml").write_text(dedent(PROJECT))
    nightly, by_hand = cli("deploy", "--json", cwd=folder).json
    assert (nightly["flow"], nightly["name"], nightly["work_pool"]) == ("etl", "nightly", "lake")
    assert nightly["pull_steps"] == [{"step": "set_working_directory", "directory": "/srv/flows"}]
    assert nightly["path"] is None
    assert (nightly["concurrency_limit"], nightly["collision_strategy"]) == (1, "CANCEL_NEW")
    (schedule,) = nightly["schedules"]
    assert (schedule["timezone"], schedule["catchup"]) == ("Europe/Berlin", "latest")
    assert (by_hand["pull_steps"], by_hand["path"]) == ([], str(folder))
    (again,) = cli("deploy", "--name", "nightly", "--json", cwd=folder).json
    assert again == nightly


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("deployments:\n  - nme: x\n", "line 2: deployments.nme: There is no key 'nme' here"),
        ("deployments:\n  - name: x\n", "line 2: deployments: The key 'entrypoint' is missing"),
        ("deployments: [\n", "this is no YAML"),
        ("deployments:\n  - name: 5\n    entrypoint: a\n", "line 2: deployments.name: Expected"),
        (
            f"{TWO}    schedules:\n      - cron: 0 2 * * *\n        timezone: Berlin\n",
            "line 7: deployments.schedules.timezone: 'Berlin' is no time zone",
        ),
        (
            "deployments:\n  - name: x\n    entrypoint: etl.py:etl\n    pull:\n      - git: {}\n",
            "line 5: deployments.pull.git: There is no pull step 'git'",
        ),
        (
            "deployments:\n  - name: x\n    entrypoint: etl.py:other\n    work_pool: lake\n",
            "line 2: deployment 'x': etl.py has no flow 'other'",
        ),
        (
            "deployments:\n  - name: x\n    entrypoint: etl.py:etl\n",
            "line 2: deployment 'x' names no work pool",
        ),
    ],
)
def test_an_error_in_the_file_has_its_line_and_its_fix(cli: Cli, folder: Path, wrong, said):
    """Nothing is deployed then."""
    (folder / "peninsula.yaml").write_text(wrong)
    done = cli("deploy", cwd=folder)
    assert done.code == 1
    assert said in done.err
    assert cli("deployment", "ls", "--json").json == []


def test_a_deployment_says_where_its_code_is_when_it_runs(cli: Cli, folder: Path):
    """In an image it is in another folder than here."""
    (made,) = cli(
        "deploy", "etl.py:etl", "--name", "far", "--pool", "lake", "--path", "/flows", "--json",
        cwd=folder,
    ).json  # fmt: skip
    assert made["path"] == "/flows"


def test_a_deployment_is_made_by_options_run_and_deleted(cli: Cli, folder: Path):
    """A parameter that does not fit is refused; a name alone is enough where there is one."""
    made = cli(
        "deploy", "etl.py:etl", "--name", "nightly", "--pool", "lake", "--interval", "1h",
        "--parameter", "day=2", "--tag", "sales", cwd=folder,
    )  # fmt: skip
    assert made.out == "Deployed etl/nightly to lake\n", made.err
    run = cli("deployment", "run", "nightly", "-p", "day=5", "--at", "+1h", "--json").json
    assert (run["parameters"], run["state"]["name"]) == ({"day": 5}, "Scheduled")
    wrong = cli("deployment", "run", "etl/nightly", "-p", "day=monday")
    assert (wrong.code, "'day'" in wrong.err) == (1, True)
    assert "every 1:00:00" in cli("deployment", "inspect", "etl/nightly").out
    assert cli("deployment", "pause", "etl/nightly").out == "etl/nightly is paused\n"
    assert " in 5" in cli("deployment", "resume", "etl/nightly").out
    assert cli("deployment", "delete", "etl/nightly", "--yes").out == "Deleted etl/nightly\n"
    assert cli("deployment", "inspect", "etl/nightly").code == 1


def test_schedules_are_added_and_backfilled(cli: Cli, folder: Path):
    """By the moments of the one that there is."""
    cli("deploy", "etl.py:etl", "--name", "nightly", "--pool", "lake", cwd=folder)
    added = cli(
        "deployment", "schedule", "add", "etl/nightly", "--cron", "@daily", "--slug", "night",
        "--json",
    ).json  # fmt: skip
    assert added["slug"] == "night"
    days = ("--from", "2026-03-01T00:00Z", "--to", "2026-03-04T00:00Z")
    made = cli("deployment", "backfill", "etl/nightly", *days, "--json").json
    assert (len(made["runs"]), made["known"]) == (3, 0)
    assert "3 were there already" in cli("deployment", "backfill", "etl/nightly", *days).err
    named = ("--schedule", "nothing", *days)
    assert (
        "no single schedule 'nothing'" in cli("deployment", "backfill", "etl/nightly", *named).err
    )
    off = cli("deployment", "schedule", "pause", "etl/nightly", "night", "--json").json
    assert off["active"] is False
    assert cli("deployment", "schedule", "delete", "etl/nightly", "night").code == 0
    assert cli("deployment", "schedule", "ls", "etl/nightly", "--json").json == []
