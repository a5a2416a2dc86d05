"""The server is the one that is set, else the one that serves the home, else none."""

from __future__ import annotations

import json

import pytest

from peninsula.client.configuration import home_of, read_settings
from peninsula.client.destination import Destination, address, destination, held
from peninsula.core.errors import InvalidError
from peninsula.core.settings import Settings
from peninsula.journal.lock import Lock


@pytest.fixture
def found(home):
    """Ask for the destination with these settings."""
    home.mkdir(exist_ok=True)

    def find(**values: object) -> Destination | None:
        settings = Settings(**{"home": str(home), **values})
        return destination(settings, home_of(settings))

    return find


@pytest.fixture
def served(home):
    """Let something serve the home."""
    home.mkdir(exist_ok=True)
    (home / "server.json").write_text(json.dumps({"url": "http://127.0.0.1:4711", "pid": 1}))
    lock = Lock.take(home / "server.lock", create=True)
    yield
    lock.release()


def test_nothing_is_set_and_nothing_serves(found):
    """Then there is no server."""
    assert found() is None


def test_what_serves_the_home_is_found(served, found, home):
    """The address in server.json counts while the lock is held, and the token is the key."""
    (home / "token").write_text("pen_token\n")
    assert found() == Destination(url="http://127.0.0.1:4711", key="pen_token", local=True)


def test_a_server_that_was_killed_is_none(found, home):
    """An address that nobody holds the lock for is left over."""
    (home / "server.json").write_text('{"url": "http://127.0.0.1:4711"}')
    (home / "server.lock").touch()
    assert found() is None


@pytest.mark.parametrize("note", ["", "{", "[]", '{"url": 5}', '{"url": null}', '{"url": "ftp:"}'])
def test_a_note_that_says_nothing_is_none(served, found, home, note):
    """While an in-process server holds the lock there is no address; nonsense is none either."""
    (home / "server.json").write_text(note)
    assert found() is None


def test_the_setting_comes_first(served, found):
    """With a server set, the local one never stands in for it."""
    got = found(api_url="https://peninsula.example/team/", api_key="pen_key")
    assert got == Destination(url="https://peninsula.example/team", key="pen_key", local=False)


def test_the_token_stays_on_this_machine(found, home):
    """The home's token is sent to loopback, and to nobody else."""
    (home / "token").write_text("pen_token")
    assert found(api_url="http://localhost:4747").key == "pen_token"
    assert found(api_url="https://peninsula.example").key is None


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("HTTP://LocalHost:4747/", "http://localhost:4747"),
        ("http://[::1]:4747", "http://[::1]:4747"),
        ("https://peninsula.example", "https://peninsula.example"),
    ],
)
def test_an_address_has_one_form(url, same):
    """Addresses that are the same are written the same."""
    assert address(url) == same


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "localhost:4747",
            "ftp://x",
            "http://",
            "http://a:99999",
            "http://[x",
            "http://h?q=1",
        ),
        *(
            "http://u:pw@h",
            "http://u:pw/1@h",
            "http://u:1/pw@h",
            "http://u:[pw]@h",
            "http://u:pw℀@h",
        ),
    ],
)
def test_what_is_no_address_is_refused(url):
    """An address that cannot be one is an error that shows how one looks, and no password."""
    with pytest.raises(InvalidError, match="api_url") as caught:
        address(url)
    assert "pw" not in str(caught.value)


def test_a_key_in_the_address_is_refused_and_not_shown():
    """A password in the address is an error, whose text does not repeat it."""
    with pytest.raises(InvalidError) as error:
        address("https://user:hunter2@peninsula.example")
    assert "hunter2" not in str(error.value)


def test_asking_does_not_take_the_lock(served, home):
    """Whoever asks leaves the lock to its holder, and a free one free."""
    assert held(home / "server.lock")
    assert held(home / "server.lock")
    assert not held(home / "none")


def test_the_environment_comes_before_the_file(home, monkeypatch):
    """A setting is the variable's, else the file's, else the default."""
    home.mkdir()
    (home / "config.toml").write_text('api_url = "http://file:1"\nship_interval = 2.5\n')
    monkeypatch.setenv("PENINSULA_API_URL", "http://variable:1")
    settings = read_settings()
    assert settings.api_url == "http://variable:1"
    assert settings.ship_interval == 2.5
    assert settings.exit_timeout == Settings().exit_timeout


def test_a_file_that_is_no_toml_is_named(home):
    """A broken config.toml is an error that names the file."""
    home.mkdir()
    (home / "config.toml").write_text("api_url = ")
    with pytest.raises(InvalidError, match=r"config\.toml"):
        read_settings()
