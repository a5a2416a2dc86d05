"""`peninsula resource` over a history."""

from __future__ import annotations

import pytest

from tests.integration.cli.conftest import Told


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        (["--kind", "s3"], {"s3://lake", "s3://lake/raw/orders.parquet"}),
        (["--kind", "s3", "--text", "ORDERS"], {"s3://lake/raw/orders.parquet"}),
        (["--text", "warehouse"], {"postgresql://db.internal/warehouse"}),
    ],
)
def test_ls_shows_the_resources_that_are_meant(told: Told, options: list[str], ids: set[str]):
    """What events were about, or what took part in them."""
    shown = told.cli("resource", "ls", "--json", *options).json
    assert {one["id"] for one in shown} == ids


def test_ls_is_a_table(told: Told):
    """With the kind, the number of events, and when the last one was."""
    lines = told.cli("resource", "ls", "--kind", "postgresql").out.splitlines()
    assert lines[0].split() == ["KIND", "RESOURCE", "EVENTS", "LAST"]
    assert lines[1].split()[:3] == ["postgresql", "postgresql://db.internal/warehouse", "1"]


def test_inspect_says_what_became_of_the_runs_that_touched_it(told: Told):
    """The outcome, the runs, and the latest events."""
    out = told.cli("resource", "inspect", "s3://lake/raw/orders.parquet").out
    assert "system      s3://lake\n" in out
    assert "runs        ✕ 2 Failed\n" in out
    assert "check" in out.partition("Runs that touched it")[2]
    assert "orders.loaded" in out.partition("What happened last")[2]


def test_inspect_as_json_is_what_the_api_answers(told: Told):
    """With the outcomes by state: of the task run that touched it, and of its flow run."""
    shown = told.cli("resource", "inspect", "s3://lake/raw/orders.parquet", "--json").json
    assert shown["runs"] == {"FAILED": 2}


def test_inspect_knows_a_run_by_the_id_that_events_give_it(told: Told):
    """With its name, its events, and how it ended."""
    name, run = next(iter(told.ids.items()))
    done = told.cli("resource", "inspect", f"peninsula.flow-run.{run}")
    assert f"name        {name}\n" in done.out
    assert "kind        flow-run\n" in done.out
    assert name in done.out.partition("Runs that touched it")[2]
    assert "peninsula.flow-run." in done.out.partition("What happened last")[2]


def test_an_unknown_resource_is_an_error(told: Told):
    """It names what was asked for."""
    done = told.cli("resource", "inspect", "s3://nowhere")
    assert (done.code, done.out) == (1, "")
    assert "s3://nowhere" in done.err
