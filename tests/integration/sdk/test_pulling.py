"""Bring the code of a deployment: what its steps tell."""

from __future__ import annotations

import pytest

from peninsula.core.errors import InvalidError
from peninsula.core.pull_steps import PipInstall
from peninsula.journal import masking
from peninsula.sdk.pulling import pull


def test_a_token_of_what_is_installed_is_told_nowhere(home):
    """Neither by the log, nor by the error, nor by what the run tells later."""
    said: list[str] = []
    step = PipInstall(packages=("git+https://canary-of-pip@127.0.0.1:1/x.git",))
    with pytest.raises(InvalidError) as caught:
        pull([step], said.append)
    shown = "pip_install git+https://********@127.0.0.1:1/x.git"
    assert said == [f"Pull step 1 of 1: {shown}"]
    assert f"Pull step 1, {shown}, failed" in caught.value.message
    assert "canary" not in caught.value.message
    assert masking.hide("with canary-of-pip") == "with ********"
