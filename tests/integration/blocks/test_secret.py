"""Secret: what is kept, and nobody sees."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from peninsula import flow
from peninsula.blocks import Secret


@pytest.mark.parametrize("value", ["xoxb-canary", {"key": "canary"}, ["canary", 1], 12345])
def test_a_secret_is_saved_and_loaded(value, server):
    """Whatever JSON has; it is seen by nobody who does not ask for it."""
    secret = Secret(value=value)
    secret.save("kept")
    assert Secret.load("kept").get() == value
    assert not any(each in f"{secret!r} {secret}" for each in ("canary", "12345"))
    stored = b"".join(path.read_bytes() for path in server.home.glob("peninsula.db*"))
    assert b"canary" not in stored


def test_a_secret_of_pydantic_is_taken_as_what_it_holds():
    """As a parameter of a flow gives it."""
    assert Secret(value=SecretStr("canary")).get() == "canary"


def test_the_runs_that_have_asked_for_a_secret_are_known(server, told):
    """Its page lists them, as that of any other block."""
    Secret(value="xoxb-canary").save("kept")

    @flow
    def notify():
        return Secret.load("kept").get() == "xoxb-canary"

    assert notify()
    [call] = [one.event for one in told.events() if one.event.event.startswith("peninsula.call.")]
    assert call.event == "peninsula.call.secret.get.completed"
    [block] = [one for one in call.related if one.role == "block"]
    assert block.name == "secret/kept"
