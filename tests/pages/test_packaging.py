"""The pages in what users install: built before, so that nobody who installs it needs Node."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.support.npm import ROOT

pytestmark = pytest.mark.timeout(300)

INDEX = "peninsula/server/static/index.html"


def build(folder: Path, target: str, out: Path) -> Path:
    """Build a wheel or an sdist on a machine that has no npm."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", out]
    env = {"PATH": str(out / "empty")}
    subprocess.run(command, cwd=folder, env=env, check=True, capture_output=True)
    return next(path for path in out.iterdir() if path.suffix in {".whl", ".gz"})


@pytest.fixture
def sdist(tmp_path):
    """The sdist of this checkout, whose pages have been built."""
    try:
        return build(ROOT, "sdist", tmp_path / "sdist")
    except subprocess.CalledProcessError as failed:
        if b"make ui" not in failed.stderr:
            raise
        pytest.skip("the pages are not built: make ui")


def test_a_wheel_made_from_the_sdist_has_the_pages_without_any_node(sdist, tmp_path):
    """The sdist carries them built, with fonts, squeezed copies and licences."""
    with tarfile.open(sdist) as packed:
        packed.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    assert not (unpacked / "ui").exists()
    with zipfile.ZipFile(build(unpacked, "wheel", tmp_path / "wheel")) as wheel:
        names = wheel.namelist()
    assert INDEX in names
    assert f"{INDEX}.gz" in names
    assert "peninsula/server/static/licenses.md" in names
    assert any(name.endswith(".woff2") for name in names)


@pytest.fixture
def checkout(tmp_path):
    """A small checkout whose pages were built, with an npm in PATH that no Node belongs to."""
    root = tmp_path / "checkout"
    for name in ("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "scripts/npm.sh"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, root / name)
    shutil.copy2(ROOT / "scripts/build_pages.py", root / "scripts/build_pages.py")
    for name in ("src/peninsula/__init__.py", "ui/src/main.ts", f"src/{INDEX}"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")
    tools = tmp_path / "out/empty"
    tools.mkdir(parents=True)
    (tools / "dirname").symlink_to(str(shutil.which("dirname")))
    (tools / "npm").write_text("#!/bin/sh\nexit 0\n")
    (tools / "npm").chmod(0o755)
    return root


def test_pages_that_are_newer_than_their_sources_are_packed_as_they_are(checkout, tmp_path):
    """As `make ui` would leave them."""
    os.utime(checkout / "ui/src/main.ts", (0, 0))
    with zipfile.ZipFile(build(checkout, "wheel", tmp_path / "out")) as wheel:
        assert INDEX in wheel.namelist()


def test_pages_that_are_older_than_their_sources_are_not_packed_unasked(checkout, tmp_path):
    """Without the Node that builds them it is said what does; an npm alone is none."""
    os.utime(checkout / "src" / INDEX, (0, 0))
    with pytest.raises(subprocess.CalledProcessError) as failed:
        build(checkout, "wheel", tmp_path / "out")
    assert b"Build them first: make ui" in failed.value.stderr
