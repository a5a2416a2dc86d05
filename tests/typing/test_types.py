"""Type checkers know what calls, futures and generators give."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def test_mypy_agrees_with_what_is_asserted():
    """Each line of `calls.py` says what type it has, or that it is a mistake."""
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", str(HERE / "calls.py")],
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
