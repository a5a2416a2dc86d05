"""The how-to pages do what they say: their code runs, from the pages themselves.

On a page, `python` is a program, or a file if it has a title, and `sh` are commands. They run in
their order, in one folder and one home. `py` and `shell` need more than a test's machine has.
"""

from __future__ import annotations

import ast
import os
import re
import sys
from pathlib import Path

import pytest

from tests.support.processes import PATIENCE, Program, python

PAGES = sorted((Path(__file__).parents[2] / "docs/how-to").glob("*.md"))
BLOCK = re.compile(r'^```(\w+)(?: title="(.*?)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a page's files are; `python` and `peninsula` are those of this environment."""
    own = Path(sys.executable).parent
    monkeypatch.setenv("PATH", f"{own}{os.pathsep}{os.environ['PATH']}")
    (tmp_path / "folder").mkdir()
    return tmp_path / "folder"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_does_what_it_says(page: Path, folder: Path):
    """Programs and commands end well, one after the other."""
    for number, (kind, title, text) in enumerate(BLOCK.findall(page.read_text())):
        if kind == "python":
            path = folder / (title or f"program_{number}.py")
            path.write_text(text)
            if not title:
                with python(path, cwd=folder) as program:
                    program.succeed()
        elif kind == "sh":
            with Program(["sh", "-eu", "-c", text], cwd=folder) as commands:
                commands.succeed(PATIENCE * len(text.splitlines()))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_cannot_run_here_is_python_at_least(page: Path):
    """And what has a title is run, by a command that names it."""
    blocks = BLOCK.findall(page.read_text())
    for kind, title, text in blocks:
        if kind == "py":
            ast.parse(text)
        elif kind == "python" and title:
            assert any(kind == "sh" and f"python {title}" in other for kind, _, other in blocks)
