"""`peninsula config`."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path

import pytest

from peninsula.core.settings import settings_table
from tests.integration.cli.conftest import Cli


def test_ls_shows_every_setting_and_where_it_comes_from(cli: Cli, home: Path):
    """Environment before file before default."""
    home.mkdir()
    (home / "config.toml").write_text("server_port = 5000\nretain_days = 30\n")
    env = {"PENINSULA_SERVER_PORT": "6000"}
    shown = {one["name"]: one for one in cli("config", "ls", "--json", env=env).json}
    assert list(shown) == [setting.name for setting in settings_table()]
    assert (shown["server_port"]["value"], shown["server_port"]["source"]) == (6000, "environment")
    assert (shown["retain_days"]["value"], shown["retain_days"]["source"]) == (30, "config.toml")
    assert (shown["log_level"]["value"], shown["log_level"]["source"]) == ("INFO", "default")
    rows = [line.split() for line in cli("config", "ls", env=env).out.splitlines()]
    assert ["server_port", "6000", "PENINSULA_SERVER_PORT"] in rows
    changed = cli("config", "ls", "--changed", "--json", env=env).json
    assert [one["name"] for one in changed] == ["home", "server_port", "retain_days"]


def test_what_is_set_holds_from_then_on(cli: Cli, home: Path):
    """In a file of its owner's only."""
    assert cli("config", "set", "api_url", "http://10.0.0.5:4747").code == 0
    assert cli("config", "set", "allowed-hosts", "a.example.com,b.example.com").code == 0
    assert cli("config", "set", "PENINSULA_RETAIN_KINDS", "a.*=7,b.c=1.5").code == 0
    assert tomllib.loads((home / "config.toml").read_text()) == {
        "api_url": "http://10.0.0.5:4747",
        "allowed_hosts": ["a.example.com", "b.example.com"],
        "retain_kinds": {"a.*": 7.0, "b.c": 1.5},
    }
    assert stat.S_IMODE((home / "config.toml").stat().st_mode) == 0o600
    assert cli("config", "get", "retain_kinds", "--json").json["value"] == {"a.*": 7, "b.c": 1.5}
    assert cli("config", "unset", "retain_kinds").code == 0
    assert cli("config", "get", "retain_kinds", "--json").json["source"] == "default"


def test_secrets_are_not_shown(cli: Cli):
    """Neither the key, nor the password in an address; not as JSON either."""
    env = {
        "PENINSULA_API_KEY": "pen_secret",
        "PENINSULA_DATABASE_URL": "postgresql://etl:hush@db.internal/peninsula",
    }
    for options in (["ls"], ["ls", "--json"], ["get", "api_key"], ["get", "database_url"]):
        done = cli("config", *options, env=env)
        assert done.code == 0
        assert "pen_secret" not in done.out
        assert "hush" not in done.out
    assert "pen_secret" not in cli("config", "set", "api_key", "pen_secret").out


def test_a_variable_that_goes_before_the_file_is_pointed_out(cli: Cli):
    """Else the change would seem to do nothing."""
    done = cli("config", "set", "log_level", "DEBUG", env={"PENINSULA_LOG_LEVEL": "ERROR"})
    assert done.code == 0
    assert "PENINSULA_LOG_LEVEL is set too" in done.err


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["get", "no_such"], "'no_such' is no setting"),
        (["set", "no_such", "1"], "'no_such' is no setting"),
        (["set", "server_port", "many"], "server_port"),
        (["set", "server_port", "70000"], "65535"),
        (["set", "log_level", "LOUD"], "log_level"),
        (["set", "api_url", "lake"], "no address"),
        (["set", "retain_kinds", "a.b"], "retain_kinds"),
        (["set", "home", "/tmp"], "PENINSULA_HOME"),
        (["set", "retain_days", ""], "config unset retain_days"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    cli: Cli, home: Path, arguments: list[str], what: str
):
    """The error names the setting and what it takes."""
    done = cli("config", *arguments)
    assert (done.code, done.out) == (1, "")
    assert what in done.err
    assert not (home / "config.toml").exists()


@pytest.mark.parametrize("text", ["server_port = ", "no_such = 1\n", 'server_port = "many"\n'])
def test_a_file_that_cannot_be_read_is_named(cli: Cli, home: Path, text: str):
    """The command does not go on with half of the settings."""
    home.mkdir()
    (home / "config.toml").write_text(text)
    done = cli("config", "ls")
    assert (done.code, done.out) == (1, "")
    assert "config.toml" in done.err


def test_a_broken_setting_can_be_mended_from_here(cli: Cli, home: Path):
    """`unset` and `set` need not understand the rest of the file."""
    home.mkdir()
    (home / "config.toml").write_text('server_port = "many"\n')
    assert cli("config", "set", "server_port", "5000").code == 0
    assert cli("config", "get", "server_port", "--json").json["value"] == 5000


def test_a_home_that_cannot_be_written_is_an_error(cli: Cli, tmp_path: Path):
    """It says which file."""
    (tmp_path / "file").write_text("")
    done = cli("config", "set", "log_prints", "true", env={"PENINSULA_HOME": f"{tmp_path}/file/x"})
    assert done.code == 1
    assert "cannot be changed" in done.err
