"""Programs written for Prefect 3 come to the same here, with only the import changed.

`prefect.json` is what Prefect itself came to; `make soak` asks it again, in its own environment.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.peers import PREFECT, Peer, install
from tests.support.soak import SOAK

HERE = Path(__file__).parent
RECORDED = json.loads((HERE / "prefect.json").read_text())
PROGRAMS = sorted(path.stem for path in (HERE / "programs").glob("*.py"))

DIFFERENT: dict[str, str] = {}
"""Programs that come to something else here, and why; docs/coming-from/prefect.md says it too."""


def collected(python: str, library: str, **env: str) -> dict[str, Any]:
    """Run all programs on a library, in one process."""
    done = subprocess.run(
        [python, HERE / "collect.py", library],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=True,
        timeout=1_000,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the programs come to here."""
    home = tmp_path_factory.mktemp("compat") / "home"
    return collected(sys.executable, "peninsula", PENINSULA_HOME=str(home))


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_comes_to_the_same(ours: dict[str, Any], name: str):
    """The same results and final states as on Prefect, unless a difference is stated."""
    assert "value" in RECORDED[name], f"{name} does not run on Prefect itself"
    if name in DIFFERENT:
        assert ours[name] != RECORDED[name], f"{name} is the same by now: {DIFFERENT[name]}"
    else:
        assert ours[name] == RECORDED[name]


def test_nothing_is_recorded_of_programs_that_are_gone():
    """Each has its file."""
    assert sorted(RECORDED) == PROGRAMS
    assert set(DIFFERENT) <= set(PROGRAMS)


if SOAK:  # it takes minutes, and an environment of 300 MB

    @pytest.mark.timeout(1_200)
    def test_prefect_still_comes_to_what_is_recorded(tmp_path: Path):
        """In an environment of its own, with a server of its own."""
        peer = dict(install())[PREFECT]
        assert isinstance(peer, Peer), peer
        found = collected(
            str(peer.bin / "python"),
            "prefect",
            PREFECT_HOME=str(tmp_path),
            PREFECT_SERVER_ALLOW_EPHEMERAL_MODE="true",
            PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS="120",
        )
        assert found == RECORDED
