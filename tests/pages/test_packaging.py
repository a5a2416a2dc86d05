"""The pages in what users install: built before, so that nobody who installs it needs Node."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.support.npm import ROOT, STATIC

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
    if not (STATIC / "index.html").exists():
        pytest.skip("the pages are not built: make ui")
    return build(ROOT, "sdist", tmp_path / "sdist")


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
