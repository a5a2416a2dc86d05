"""`peninsula variable` over the database of a home."""

from __future__ import annotations

import pytest

from tests.integration.cli.conftest import Cli


def test_a_variable_is_set_shown_and_unset(cli: Cli):
    """A text is printed as it is, anything else as JSON; --json has all there is to know."""
    assert cli("variable", "set", "region", "eu").out == 'Set region = "eu"\n'
    made = cli("variable", "set", "limits", '{"rows": 3}', "--tag", "sales", "--json")
    assert made.json["tags"] == ["sales"]
    assert cli("variable", "get", "region").out == "eu\n"
    assert cli("variable", "get", "limits").out == '{"rows":3}\n'
    told = cli("variable", "get", "limits", "--json").json
    assert (told["value"], told["tags"]) == ({"rows": 3}, ["sales"])
    lines = cli("variable", "ls").out.splitlines()
    assert [line.split()[0] for line in lines] == ["NAME", "limits", "region"]
    assert [one["name"] for one in cli("variable", "ls", "--tag", "sales", "--json").json] == [
        "limits"
    ]
    assert cli("variable", "unset", "region").out == "Unset region\n"
    assert [one["name"] for one in cli("variable", "ls", "--json").json] == ["limits"]


def test_one_that_is_there_is_changed_with_overwrite_only(cli: Cli):
    """The error says so; JSON that is a text is written with its quotes."""
    cli("variable", "set", "version", "2")
    done = cli("variable", "set", "version", '"2"')
    assert done.code == 1
    assert "--overwrite" in done.err
    assert cli("variable", "set", "version", '"2"', "--overwrite").code == 0
    assert cli("variable", "get", "version", "--json").json["value"] == "2"


@pytest.mark.parametrize(
    ("verb", "fix"), [("get", "variable set region"), ("unset", "variable ls")]
)
def test_one_that_is_not_there_is_an_error_with_the_fix(cli: Cli, verb: str, fix: str):
    """It names what was asked for; who wants it gone is not told to set it."""
    done = cli("variable", verb, "region")
    assert (done.code, done.out) == (1, "")
    assert "region" in done.err
    assert f"peninsula {fix}" in done.err


def test_a_name_that_is_none_is_refused(cli: Cli):
    """And says what names are like."""
    for asked in (["get", "../keys"], ["unset", "Bad"], ["set", "Bad", "1"]):
        done = cli("variable", *asked)
        assert done.code == 1
        assert "is no name of a variable." in done.err
        assert "lower-case letters" in done.err
