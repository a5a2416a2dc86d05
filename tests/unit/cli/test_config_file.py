"""How one setting is changed in config.toml, and nothing else."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peninsula.cli.config_file import with_value, without
from peninsula.core.errors import ConflictError

COMMENTED = """\
# our server
api_url = "https://old.example.com"  # since May

allowed_hosts = [
    "a",  # first
    "b",
]
note = '''
[not a table]
api_url = "neither"
'''

[retain_kinds]
"orders.loaded" = 365.0
"""

VALUES = st.one_of(
    st.booleans(),
    st.integers(-(2**62), 2**62),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.lists(st.text(st.characters(exclude_categories=["Cs"]))).map(tuple),
    st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.floats(0, 9)),
)


def test_a_value_is_replaced_where_it_stands():
    """Comments, order and all other settings stay."""
    changed = with_value(COMMENTED, "api_url", "https://new.example.com")
    assert changed == COMMENTED.replace(
        'api_url = "https://old.example.com"  # since May\n',
        'api_url = "https://new.example.com"\n',
    )


def test_a_value_of_many_lines_is_replaced_as_a_whole():
    """A list may be written over several lines."""
    changed = with_value(COMMENTED, "allowed_hosts", ("c",))
    assert tomllib.loads(changed)["allowed_hosts"] == ["c"]
    assert "first" not in changed


def test_a_new_setting_goes_before_the_first_table():
    """After a table's head it would belong to the table."""
    changed = with_value(COMMENTED, "server_port", 5000)
    assert tomllib.loads(changed) == {**tomllib.loads(COMMENTED), "server_port": 5000}


def test_a_setting_is_taken_out():
    """The rest stays as it was."""
    changed = without(COMMENTED, "allowed_hosts")
    wanted = tomllib.loads(COMMENTED)
    del wanted["allowed_hosts"]
    assert tomllib.loads(changed) == wanted
    assert changed.startswith("# our server\n")


def test_what_is_not_there_is_taken_out_without_a_change():
    """To unset twice is no error."""
    assert without(COMMENTED, "server_port") == COMMENTED


@pytest.mark.parametrize("change", [lambda text: with_value(text, "retain_kinds", {"a": 1.0})])
def test_a_setting_in_a_form_we_do_not_write_is_left_alone(change):
    """Rather an error than a file that says something else."""
    with pytest.raises(ConflictError, match="Edit the file"):
        change(COMMENTED)


@given(VALUES, VALUES)
def test_what_is_put_in_is_read_back(first: object, second: object):
    """Any value survives the file, also when it replaces another."""
    text = with_value(with_value("# top\nserver_port = 1", "log", first), "log", second)
    expected = list(second) if isinstance(second, tuple) else second
    assert tomllib.loads(text) == {"server_port": 1, "log": expected}
    assert without(text, "log") == "# top\nserver_port = 1\n"
