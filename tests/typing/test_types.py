"""Type checkers know what calls, futures and generators give."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.parametrize(
    "checker",
    [
        ["mypy", "--strict", str(HERE / "calls.py")],
        ["basedpyright", "--pythonpath", sys.executable],  # its settings are in pyproject.toml
    ],
    ids=["mypy", "pyright"],
)
def test_a_type_checker_agrees_with_what_is_asserted(checker: list[str]):
    """Each line says what type it has, or that it is a mistake; of class methods, pyright alone."""
    program, *options = checker
    checked = subprocess.run(
        [Path(sys.executable).with_name(program), *options],
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
