"""A harness gives a home of its own, tells what happened there, and leaves all as it was."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from peninsula import emit_event, flow, get_run_logger, tags, task
from peninsula.artifacts import create_markdown_artifact
from peninsula.concurrency.sync import concurrency
from peninsula.core.errors import ConflictError, InvalidError, NotFoundError, SlotTimeoutError
from peninsula.journal import emitter
from peninsula.sdk.settings import settings
from peninsula.task_runners import ProcessPoolTaskRunner
from peninsula.testing import harness
from peninsula.variables import Variable
from tests.support.told import Told

NOON = datetime(2020, 1, 31, 12, tzinfo=UTC)


@task
def load(day, password=""):
    """Say which day it is."""
    get_run_logger().info("loading %s", day)
    return [day]


@task
def clean(rows):
    """Fail without rows, else tell how many there are."""
    if not rows:
        msg = "no rows"
        raise ValueError(msg)
    emit_event("rows.cleaned", "s3://lake/raw", payload={"rows": len(rows)})


@flow
def nightly(day):
    """Pass."""
    clean(load(day, password="hunter2"))


@flow
def nothing():
    """Fail."""
    clean([])


@pytest.fixture(autouse=True)
def process():
    """A process that knows nothing yet of its test's home, and tells no more there at the end."""
    settings.cache_clear()
    yield
    emitter.current().close(0)
    settings.cache_clear()


def test_a_run_says_what_it_was_and_what_became_of_it():
    """Flow, task, parameters, tags, states, log and what it depended on."""
    with harness() as told, tags("raw"):
        nightly("monday")
        run = told.run("load")
        assert (run.task, run.flow, run.name) == ("load", None, "load-0")
        assert (run.state, run.message, run.states) == ("Completed", "", ["Running", "Completed"])
        assert run.parameters == {"day": "monday", "password": "********"}
        assert (run.tags, run.log) == ({"raw"}, ["loading monday"])
        assert told.run("clean").upstream == {run.id}
        assert run.parent == told.run("nightly").id


def test_runs_are_listed_in_the_order_they_began():
    """All of them, or those of one flow or task."""
    with harness() as told:
        nightly("monday")
        nightly("tuesday")
        assert [run.flow or run.task for run in told.runs()] == ["nightly", "load", "clean"] * 2
        assert [run.parameters["day"] for run in told.runs("load")] == ["monday", "tuesday"]


def test_a_failed_run_says_why():
    """In its message."""
    with harness() as told:
        nothing(return_state=True)
        assert told.run("clean").state == "Failed"
        assert "no rows" in told.run("clean").message


def test_a_run_is_shown_in_a_line():
    """It is what pytest shows of it when an assertion fails."""
    with harness() as told:
        nothing(return_state=True)
        assert repr(told.run("clean")).startswith("<Failed run clean-0: ")
        assert "no rows" in repr(told.run("clean"))


def test_events_are_listed_by_name():
    """With what the flow said of them."""
    with harness() as told:
        nightly("monday")
        (event,) = told.events("rows.cleaned")
        assert event.resource.id == "s3://lake/raw"
        assert json.loads(bytes(event.payload)) == {"rows": 1}
        assert event in told.events()


@pytest.mark.parametrize(("times", "said"), [(0, r"'load' had 0 runs"), (2, r"had 2 runs.*load")])
def test_the_only_run_is_an_error_where_there_is_another_number(times, said):
    """It says how many there were, and of what."""
    with harness() as told:
        for _ in range(times):
            nightly("monday")
        with pytest.raises(NotFoundError, match=said):
            told.run("load")


def test_nothing_reaches_the_home_around_it(home):
    """Neither runs nor what is stored."""
    nothing(return_state=True)
    with harness() as inner:
        nightly("monday")
        Variable.set("region", "eu")
        assert inner.home != home
        assert not inner.runs("nothing")
    assert {run.flow for run in Told(home).runs()} == {"nothing", None}
    assert not (home / "peninsula.db").exists()
    assert not inner.home.exists()


def test_settings_and_emitter_are_given_back(home, monkeypatch):
    """Also after an error; what was set inside is gone."""
    monkeypatch.setenv("PENINSULA_LOG_LEVEL", "ERROR")
    outer = emitter.current()
    before = dict(os.environ)

    def fail():
        assert settings().log_level == "INFO"
        os.environ["PENINSULA_LOG_PRINTS"] = "true"
        raise KeyError

    with pytest.raises(KeyError), harness():
        fail()
    assert emitter.current() is outer
    assert settings().log_level == "ERROR"
    assert dict(os.environ) == before


def test_one_harness_may_be_inside_of_another():
    """Each knows what was told in it."""
    with harness() as outer:
        nightly("monday")
        with harness() as inner:
            nothing(return_state=True)
            assert not inner.runs("nightly")
        nightly("tuesday")
        assert len(outer.runs("nightly")) == 2
        assert not outer.runs("nothing")


def test_a_harness_that_is_over_says_so():
    """An empty list would let a test pass."""
    with harness() as told:
        nightly("monday")
    with pytest.raises(ConflictError, match="over"):
        told.runs()


def test_what_is_stored_needs_no_server():
    """Variables and artifacts are in the harness's own database."""
    with harness():
        assert Variable.get("region", "none") == "none"
        Variable.set("region", "eu")
        assert Variable.get("region") == "eu"
    with harness():
        assert Variable.get("region", "none") == "none"


def test_concurrency_limits_need_no_server():
    """A command that is started inside sets them in the harness's home."""
    command = [sys.executable, "-m", "peninsula", "concurrency-limit", "set", "db", "--limit", "1"]
    with harness():
        subprocess.run(command, check=True, capture_output=True)
        with (
            concurrency("db", strict=True),
            pytest.raises(SlotTimeoutError),
            concurrency("db", timeout_seconds=0),
        ):
            pass
    with harness(), pytest.raises(NotFoundError), concurrency("db", strict=True):
        pass


def test_artifacts_are_events_of_their_runs():
    """As without a harness."""

    @flow
    def report():
        create_markdown_artifact("# Fine", key="report")

    with harness() as told:
        report()
        assert len(told.events("peninsula.artifact.created")) == 1


def test_what_other_processes_told_is_there_after_the_database_took_it_in():
    """Their journals are then among those that are kept."""

    @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
    def far():
        load.submit("monday").result()

    with harness() as told:
        far()
        Variable.set("region", "eu")
        assert (told.home / "kept").exists()
        assert told.run("load").state == "Completed"
        assert told.run("load").log == ["loading monday"]


# --- time ----------------------------------------------------------------------------------------


def test_a_frozen_clock_stamps_all_that_is_told():
    """Events of states, those of the user, and log lines, until it is advanced."""
    with harness(now=NOON) as told:
        nightly("monday")
        assert {event.occurred for event in told.events()} == {NOON}
        (line,) = told.run("load").lines
        assert line.time == NOON.timestamp() * 1_000_000
        told.advance(90)
        assert emit_event("a.b", "c").occurred == NOON + timedelta(seconds=90)


def test_a_frozen_clock_keeps_the_order_of_what_was_told():
    """Though all of it happened at one moment."""
    with harness(now=NOON) as told:
        nightly("monday")
        assert told.run("nightly").states == ["Running", "Completed"]
        assert told.run("nightly").log[-1] == "Completed in 0 s."


def test_a_cached_result_expires_by_the_frozen_clock():
    """A test need not wait for it."""

    @task(cache_key_fn=lambda *_: "key", cache_expiration=timedelta(hours=1), persist_result=True)
    def slow():
        return 1

    @flow
    def twice():
        slow()

    with harness(now=NOON) as told:
        twice()
        told.advance(3599)
        twice()
        told.advance(1)
        twice()
        assert [run.state for run in told.runs("slow")] == ["Completed", "Cached", "Completed"]


def test_tasks_in_other_processes_come_after_a_frozen_clock_in_the_past():
    """They have a clock of their own."""

    @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
    def far():
        load.submit("monday").result()

    with harness(now=NOON) as told:
        far()
        assert told.run("load").states == ["Pending", "Running", "Completed"]


def test_a_clock_that_runs_cannot_be_advanced():
    """The error says how to make it stand."""
    with harness() as told, pytest.raises(InvalidError, match="now="):
        told.advance(1)


@pytest.mark.parametrize("seconds", [-1, float("nan"), 1e30])
def test_a_frozen_clock_goes_nowhere_impossible(seconds):
    """Neither back nor beyond all calendars."""
    with harness(now=NOON) as told, pytest.raises(InvalidError, match="advance"):
        told.advance(seconds)


def test_a_moment_needs_a_time_zone():
    """As everywhere."""
    with pytest.raises(InvalidError, match="time zone"), harness(now=datetime(2026, 1, 31)):  # noqa: DTZ001
        pass


def test_levels_of_log_lines_are_told():
    """For tests of warnings."""
    with harness() as told:
        nightly("monday")
        assert [line.level for line in told.run("load").lines] == [logging.INFO]
