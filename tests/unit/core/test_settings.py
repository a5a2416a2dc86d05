"""The environment beats the file, the file beats the default, and a bad value says what does."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peninsula.core import settings
from peninsula.core.errors import InvalidError
from peninsula.core.settings import HIDDEN, Settings, load, settings_table, value_of, variable
from peninsula.journal import control

NAMES = [setting.name for setting in settings_table()]
TABLE = {setting.name: setting for setting in settings_table()}


def texts_of(name: str) -> dict[str, Any]:
    """Texts that do for a setting, with what they set."""
    takes = TABLE[name].takes.removesuffix(", or nothing")
    if takes.startswith("one of"):
        return {each: each for each in takes.removeprefix("one of ").split(", ")}
    if takes.startswith("a number from 30"):
        return {"30": 30, "45.5": 45.5}
    if takes.startswith(("a number", "a whole number")):
        return {"7": 7, "5": 5} | ({} if "whole" in takes else {"0.25": 0.25})
    return {
        "true or false": {"true": True, "false": False, "1": True, "0": False, "TRUE": True},
        "a text": {"x": "x", " ü = ,": " ü = ,"},
        "a list of texts; in the environment, with commas between them": {
            "": (), "a": ("a",), " a, b ,": ("a", "b"),
        },
        "a table of numbers; in the environment like `call.*=7,http.*=1.5`": {
            "": {}, "call.*=7": {"call.*": 7.0}, " a = 1 ,b=0.5": {"a": 1.0, "b": 0.5},
        },
    }[takes]  # fmt: skip


WRONG = {
    "true or false": ["yes", "2", "nope"],
    "a number": ["x", "1e", "nan", "inf", "-inf", "-1", "1,5", "1e10"],
    "a whole number": ["x", "1.5", "-1", "65536"],
    "one of": ["x", "info"],
    "a table": ["a", "a=", "a=x", "a=1,b", "a=-1", "a=nan", "a=36501"],
    "a text": [],
    "a list": [],
}


def wrong_of(name: str) -> list[str]:
    """Texts that do not do for a setting."""
    return next(wrong for takes, wrong in WRONG.items() if TABLE[name].takes.startswith(takes))


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_can_be_set_from_the_environment(name: str):
    """Whatever its type is; and the command line reads a text the same way."""
    for text, value in texts_of(name).items():
        assert getattr(load({variable(name): text}), name) == value
        assert value_of(name, text) == value


@pytest.mark.parametrize("name", [name for name in NAMES if name != "home"])
def test_the_environment_beats_the_file_which_beats_the_default(name: str):
    """As values of TOML: numbers are numbers there."""
    first, second = list(texts_of(name).values())[-2:]
    text = next(text for text, value in texts_of(name).items() if value == second)
    file = {name: list(first) if isinstance(first, tuple) else first}
    assert getattr(load({}), name) == TABLE[name].default
    assert getattr(load({}, file), name) == first
    assert getattr(load({variable(name): text}, file), name) == second


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name in NAMES for text in wrong_of(name)]
)
def test_a_bad_value_names_its_variable_and_what_would_do(name: str, text: str):
    """Wherever it was set."""
    says = f"has {text!r} for {name}. It takes {TABLE[name].takes}: {TABLE[name].description}"
    with pytest.raises(InvalidError) as refused:
        load({variable(name): text})
    assert str(refused.value) == f"The environment variable {variable(name)} {says}"
    with pytest.raises(InvalidError) as refused:
        load({}, {name: text})
    assert str(refused.value).startswith(f"The config.toml has {text!r} for {name}. It takes")


@pytest.mark.parametrize("name", NAMES)
def test_a_value_of_another_type_in_the_file_is_refused(name: str):
    """TOML has dates, tables and lists."""
    with pytest.raises(InvalidError, match=r"config\.toml"):
        load({}, {name: [{"a": []}]})


def test_a_bad_value_in_the_file_that_the_environment_overrides_does_no_harm():
    """It beats the file, whatever the file says."""
    assert load({"PENINSULA_SERVER_PORT": "1"}, {"server_port": "x"}).server_port == 1


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_variable_sets_nothing_or_an_empty_list(name: str):
    """`VAR= command` is how a shell takes a variable away; it can unset what the file sets."""
    empty = load({variable(name): ""})
    assert empty == load({})
    if TABLE[name].default is None:
        file = {name: next(iter(texts_of(name).values()))}
        assert getattr(load({variable(name): ""}, file), name) is None


def test_an_unknown_setting_in_the_file_is_refused():
    """A misspelt one would be without effect, and nobody would know."""
    with pytest.raises(InvalidError, match="'serverport', which is no setting"):
        load({}, {"serverport": 1})


def test_the_home_is_not_set_in_the_file_that_lies_in_it():
    """It would be read from one place and be another."""
    with pytest.raises(InvalidError, match="Set PENINSULA_HOME instead"):
        load({}, {"home": "/elsewhere"})


@given(st.dictionaries(st.sampled_from([variable(name) for name in NAMES]), st.text(max_size=9)))
def test_any_environment_gives_settings_or_an_error_of_ours(environ: dict[str, str]):
    """Never a traceback; what is read is what could be told again."""
    with suppress(InvalidError):
        read = load(environ)
        assert msgspec.convert(msgspec.to_builtins(read), Settings) == read


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_says_what_it_means(name: str):
    """In a sentence, with its unit where it has one; its variable is its name."""
    setting = TABLE[name]
    assert setting.variable == f"PENINSULA_{name.upper()}"
    assert setting.description[0].isupper()
    assert setting.description.endswith((".", ")."))
    if setting.takes.startswith("a number"):
        assert any(unit in setting.description for unit in ("Seconds", "Hours", "Days", "MiB"))


def test_secrets_are_not_shown():
    """Neither in a repr nor in the message about a bad one."""
    secret = Settings(api_key="hunter2", database_url="postgresql://etl:hunter2@db/w")
    assert "hunter2" not in repr(secret)
    assert "hunter2" not in repr(secret.__rich_repr__())
    assert f"api_key={HIDDEN}" in repr(secret)
    for name in ("api_key", "database_url"):
        assert TABLE[name].secret
        with pytest.raises(InvalidError) as refused:
            load({}, {name: ["hunter2"]})
        assert "hunter2" not in str(refused.value)


def test_the_defaults_are_what_the_table_says():
    """The docs are made of it."""
    assert {name: getattr(Settings(), name) for name in NAMES} == {
        name: setting.default for name, setting in TABLE.items()
    }
    assert tuple(NAMES) == settings.Settings.__struct_fields__


def test_a_lease_is_long_enough_for_a_process_that_has_nothing_to_tell():
    """One below is refused, and says why: such a process is heard every 10 s, and may be late."""
    assert load({"PENINSULA_LEASE_TIMEOUT": "30"}).lease_timeout == 30
    assert control.WAIT * 3 <= 30
    with pytest.raises(InvalidError, match=r"from 30 to.*heard every 10 s"):
        load({"PENINSULA_LEASE_TIMEOUT": "5"})
