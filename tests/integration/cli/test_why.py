"""`peninsula why` and `peninsula impact` over a history."""

from __future__ import annotations

from tests.integration.cli.conftest import Told
from tests.support.processes import python

ORDERS = "s3://lake/raw/orders.parquet"


def test_why_says_what_led_to_the_last_failure(told: Told):
    """In one sentence, then the error, then who is suspected with the evidence."""
    shown = told.cli("why", "--json").json
    assert shown["failed"]
    out = told.cli("why").out
    assert "failed with" in out.splitlines()[0]
    assert told.cli("why", shown["run"]["id"]).out == out


def test_why_has_nothing_to_say_of_a_run_that_did_not_fail(told: Told):
    """It is no error to ask."""
    well = told.cli("flow-run", "ls", "--state", "completed", "--json").json[0]
    done = told.cli("why", well["id"])
    assert (done.code, "no failure to explain" in done.out) == (0, True)


def test_impact_says_who_failed_and_who_passed(told: Told):
    """With the counts first; a resource that nothing touched is an error that names it."""
    shown = told.cli("impact", ORDERS, "--since", "300d", "--json").json
    assert shown["counts"][0] == len(shown["failed"]) > 0
    out = told.cli("impact", ORDERS, "--since", "300d").out
    assert f"{shown['counts'][0]} failed" in out
    assert shown["failed"][0]["run"]["name"] in out.partition("Failed:")[2]
    done = told.cli("impact", "s3://nowhere")
    assert (done.code, "s3://nowhere" in done.err) == (1, True)


FAILING = """
from peninsula import flow
from peninsula.blocks import Block

class Store(Block):
    def get(self):
        raise ConnectionError("refused")

@flow
def load():
    Store().get()

if __name__ == "__main__":
    load()
"""


def test_what_was_dismissed_says_how_that_is_taken_back(cli, tmp_path):
    """And taken back, it is suspected again."""
    program = tmp_path / "etl.py"
    program.write_text(FAILING)
    with python(program) as etl:
        etl.wait()
    [suspect] = cli("why", "--json").json["suspects"]
    position = suspect["event"]["position"]
    dismissed = cli("why", "--dismiss", position)
    assert f"--restore {position}" in dismissed.err
    assert "Suspects" not in dismissed.out
    restored = cli("why", "--restore", position)
    assert ("--restore" in restored.err, "Suspects" in restored.out) == (False, True)


SOMETIMES = """
import sys
from contextlib import suppress
from peninsula import flow
from peninsula.blocks import Block

class Store(Block):
    def get(self):
        raise ConnectionError("refused")

@flow
def load(well):
    with suppress(ConnectionError if well else LookupError):
        Store().get()

if __name__ == "__main__":
    for each in sys.argv[1]:
        load(each == "+", return_state=True)
"""


def test_how_often_it_was_so_is_said_only_where_that_speaks_for_it(cli, tmp_path):
    """A call that fails in each run that went well says nothing by having failed in others."""
    program = tmp_path / "etl.py"
    program.write_text(SOMETIMES)
    for runs, is_said in (("--", True), ("+-", False)):
        with python(program, runs) as etl:
            etl.wait()
        assert ("of the last" in cli("why").out) is is_said


def test_impact_counts_all_and_says_where_it_lists_fewer(cli, tmp_path):
    """What failed because of it is counted however many are listed."""
    program = tmp_path / "etl.py"
    program.write_text(
        FAILING.replace(
            "    def get(", "    def _system(self):\n        return 'shop://eu'\n\n    def get("
        ).replace("    load()", "    for _ in range(3):\n        load(return_state=True)")
    )
    with python(program) as etl:
        etl.wait()
    few = cli("impact", "shop://eu", "--limit", 2)
    assert "3 failed (3 because of it)" in few.out
    assert ("Failed, the last 2:" in few.out, "--limit" in few.err) == (True, True)
    assert "Failed:" in cli("impact", "shop://eu").out
