"""Secret: what is kept, and nobody sees."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

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
