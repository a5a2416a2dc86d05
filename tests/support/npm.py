"""Run the tests of the pages, which are written in TypeScript."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

__all__ = ["CHROMIUM", "UI", "run_vitest"]

ROOT = Path(__file__).parents[2]
UI = ROOT / "ui"
STATIC = ROOT / "src/peninsula/server/static"

_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
"""Without windows it is the same, and draws the same, in half of the time."""


def run_vitest(*arguments: str) -> None:
    """Run them; what they say is the message of a failure."""
    if not (UI / "node_modules").is_dir() or not (STATIC / "index.html").exists():
        pytest.skip("the pages are not built: make ui")
    command = [ROOT / "scripts/npm.sh", sys.prefix, "exec", "--", "vitest", "run", *arguments]
    browser = {} if CHROMIUM is None else {"CHROMIUM": CHROMIUM}
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | browser
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
