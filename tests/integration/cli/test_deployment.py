"""`peninsula deploy` and `peninsula deployment` over the database of a home."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent

import pytest

from peninsula.cli.connect import ask
from tests.integration.cli.conftest import Cli
from tests.support.git import commit, make_repository

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

LAKE = """deployments:
  - name: x
    entrypoint: etl.py:etl
    work_pool: lake
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


CLONED = """
    pull:
      - git_clone: {repository: "%s", branch: main}
      - set_working_directory: {directory: flows}
    deployments:
      - {name: nightly, entrypoint: "%s", work_pool: lake}
"""


def test_a_flow_that_only_its_pull_steps_bring_is_deployed(cli: Cli, folder: Path, tmp_path: Path):
    """It is looked at in a clone, which goes; what lies here is taken from here."""
    repository = make_repository(tmp_path / "repository")
    (repository / "flows").mkdir()
    commit(repository, "flows/far.py", dedent(FLOW).replace("etl", "far"))
    url = f"file://{repository}"
    (folder / "peninsula.yaml").write_text(dedent(CLONED) % (url, "far.py:far"))
    (made,) = cli("deploy", "--json", cwd=folder).json
    assert (made["flow"], made["entrypoint"], made["path"]) == ("far", "far.py:far", None)
    assert made["pull_steps"][0]["repository"] == url
    assert "day" in made["parameter_schema"]["properties"]
    (folder / "peninsula.yaml").write_text(dedent(CLONED) % ("file:///no/such", "etl.py:etl"))
    (here,) = cli("deploy", "--json", cwd=folder).json
    assert here["flow"] == "etl"


@pytest.mark.parametrize(
    ("repository", "entrypoint", "said"),
    [("file:///no/such", "far.py:far", "/no/such"), ("", "farther.py:far", "There is no file")],
)
def test_what_no_pull_step_brings_is_refused(
    cli: Cli, folder: Path, tmp_path: Path, repository: str, entrypoint: str, said: str
):
    """With what is missing."""
    made = make_repository(tmp_path / "repository")
    (made / "flows").mkdir()
    commit(made, "flows/far.py", dedent(FLOW))
    text = dedent(CLONED) % (repository or f"file://{made}", entrypoint)
    (folder / "peninsula.yaml").write_text(text)
    done = cli("deploy", cwd=folder)
    assert (done.code, "Traceback" in done.err) == (1, False), done.err
    assert said in done.err


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            "deployments:\n  - nme: x\n",
            "line 2: 'nme' is not known there.\nThere are: name, entrypoint,",
        ),
        ("deployments:\n  - name: x\n", "line 2, deployment \"x\": 'entrypoint' is missing"),
        ("deployments: [\n", "this is no YAML"),
        (
            f"{LAKE}    name: y\n",
            "line 5: 'name' is there already, on line 2",
        ),
        (
            "deployments:\n  - name: 5\n    entrypoint: a\n",
            "line 2: 'name' takes a text, not a whole number",
        ),
        (
            f"{TWO}    schedules:\n      - cron: 0 2 * * *\n        timezone: Berlin\n",
            "line 7, deployment \"y\": 'Berlin' is no time zone",
        ),
        (
            "deployments:\n  - name: x\n    entrypoint: etl.py:etl\n    pull:\n      - git: {}\n",
            "line 5, deployment \"x\": There is no pull step 'git'",
        ),
        (
            "deployments:\n  - name: x\n    entrypoint: etl.py:other\n    work_pool: lake\n",
            "line 2, deployment \"x\": etl.py has no flow 'other'",
        ),
        (
            "deployments:\n  - name: x\n    entrypoint: etl.py:etl\n",
            'line 2, deployment "x": it names no work pool',
        ),
        (
            f"{LAKE}    concurrency_limit: {{limit: 1, collision_strategy: DROP}}\n",
            "'concurrency_limit.collision_strategy' takes ENQUEUE or CANCEL_NEW, not 'DROP'",
        ),
        (
            f"{LAKE}    concurrency_limit: 0\n",
            "line 5, deployment \"x\": 'concurrency_limit' takes a whole number of 1 or more",
        ),
        (
            f"{LAKE}    schedules:\n      - interval: 15m\n",
            "line 6, deployment \"x\": 'schedules.interval' takes a number of seconds, not a text",
        ),
        (
            f"{LAKE}    schedules:\n      - cron: '@daily'\n        jitter: -1\n",
            "line 7, deployment \"x\": 'schedules.jitter' takes a number of 0 or more",
        ),
        (
            f"{LAKE}    pull:\n      - git_clone:\n          repository: -x\n",
            "line 7, deployment \"x\": Of the pull step git_clone, 'repository' takes a text",
        ),
        (
            f"{LAKE}    pull:\n      - git_clone:\n          repository: https://token@h/x.git\n",
            'line 7, deployment "x": The repository of git_clone has a user or a password in it',
        ),
        (
            f"{LAKE}    parameters:\n      day: monday\n",
            "line 6, deployment \"etl/x\": The parameters do not fit: 'day' takes a whole number.",
        ),
        (
            f"{LAKE}    schedules: [{{cron: '@daily', parameters: {{month: 1}}}}]\n",
            "line 5, deployment \"etl/x\": The parameters do not fit: 'month' is none of its",
        ),
        (
            f"{LAKE.replace('lake', 'sea')}",
            "line 4, deployment \"etl/x\": No work pool 'sea'",
        ),
        (
            f"{LAKE.replace('lake', '{name: lake, job_variables: {x: 1}}')}",
            "line 4, deployment \"etl/x\": The work pool has no job variable 'x'",
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
    said = cli("deployment", "inspect", "etl/nightly").out
    assert "every 1h" in said
    assert said.rstrip().endswith(datetime.now(UTC).astimezone().tzname() or "")
    assert cli("deployment", "pause", "etl/nightly").out == "etl/nightly is paused\n"
    assert " in 5" in cli("deployment", "resume", "etl/nightly").out
    gone = cli("deployment", "delete", "etl/nightly", "--yes")
    assert gone.out == "Deleted etl/nightly\n"
    assert "do not run: 2" in gone.err  # that which was asked for, and that made ahead
    assert cli("deployment", "inspect", "etl/nightly").code == 1


def test_a_job_variable_is_a_text_where_the_pool_takes_one(cli: Cli, folder: Path):
    """Though it reads as a number, as people write it; what takes numbers gets one."""
    properties = {"cpu": {"type": "string"}, "tag": {"type": "string"}, "size": {"type": "integer"}}
    template = {"job_configuration": {}, "variables": {"properties": properties}}
    ask(lambda api: api.create_work_pool("pods", "process", base_job_template=template))
    (made,) = cli(
        "deploy", "etl.py:etl", "--name", "x", "--pool", "pods", "--json", "--job-variable",
        "cpu=500", "--job-variable", "tag=1.10", "--job-variable", "size=3", cwd=folder,
    ).json  # fmt: skip
    assert made["job_variables"] == {"cpu": "500", "tag": "1.10", "size": 3}


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
    again = cli("deployment", "backfill", "etl/nightly", *days)
    assert again.out.startswith("Made no runs, for ")
    assert "3 were there already" in again.err
    other = cli("deployment", "backfill", "etl/nightly", *days, "-p", "day=2")
    assert "3 runs were made with another value of day." in other.err
    named = ("--schedule", "nothing", *days)
    assert (
        "no single schedule 'nothing'" in cli("deployment", "backfill", "etl/nightly", *named).err
    )
    off = cli("deployment", "schedule", "pause", "etl/nightly", "night", "--json").json
    assert off["active"] is False
    assert cli("deployment", "schedule", "delete", "etl/nightly", "night").code == 0
    assert cli("deployment", "schedule", "ls", "etl/nightly", "--json").json == []


def test_a_deployment_without_a_name_is_refused_in_words(cli: Cli, folder: Path):
    """Patterns and paths of JSON are for machines."""
    said = cli("deploy", "etl.py:etl", "--name", "", "--pool", "lake", cwd=folder)
    assert (said.code, "'name' is empty" in said.err) == (1, True)


def test_when_a_run_is_to_start_is_a_time_to_come(cli: Cli, folder: Path):
    """What helps with `--at` is no way to write times of the past."""
    cli("deploy", "etl.py:etl", "--name", "nightly", "--pool", "lake", cwd=folder)
    said = cli("deployment", "run", "nightly", "--at", "yesterday")
    assert said.code == 2
    assert "how long from now, like +15m" in " ".join(said.err.split())


def test_jitter_and_parameters_of_schedules_are_shown_where_there_are_some(cli: Cli, folder: Path):
    """Most have none, and no columns for them."""
    cli("deploy", "etl.py:etl", "--name", "nightly", "--pool", "lake", cwd=folder)
    plain = ("deployment", "schedule", "add", "etl/nightly", "--interval", "90m")
    assert "JITTER" not in cli(*plain).out
    cli(*plain, "--jitter", "10m", "-p", "day=4")
    said = cli("deployment", "inspect", "etl/nightly").out
    assert "every 1h 30m" in said
    assert "up to 10m 00s" in said
    assert '{"day":4}' in said
