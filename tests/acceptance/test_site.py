"""The documentation can be built, and leads everywhere."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest

from scripts import decisions
from tests.support.processes import PATIENCE, Program

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built from a copy; it fails on a link that leads nowhere, and on a name unknown."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(ROOT / "docs", folder / "docs")
    shutil.copy(ROOT / "zensical.toml", folder)
    (folder / "src").symlink_to(ROOT / "src")
    decisions.write_index(folder / "docs/decisions")
    with Program([Path(sys.executable).parent / "zensical", "build", "--strict"], cwd=folder) as it:
        it.succeed(4 * PATIENCE)
    return folder / "site"


def test_every_page_is_in_the_navigation():
    """Records of decisions are listed on a page of their own."""
    config = (ROOT / "zensical.toml").read_text()
    listed = set(re.findall(r'"([\w/-]+\.md)"', config)) - {"decisions/index.md"}
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert listed == {page for page in pages if not page.startswith("decisions/")}


@pytest.mark.timeout(5 * PATIENCE)
def test_a_page_of_the_python_reference_says_what_the_code_says(site: Path):
    """Signatures and docstrings, also of what a task takes as keywords."""
    page = (site / "reference/python/tasks/index.html").read_text()
    for expected in ("How often a failed run is tried again", 'id="peninsula.tasks.Task.submit"'):
        assert expected in page
