"""The version is written in two places, which say the same."""

from __future__ import annotations

import tomllib
from pathlib import Path

from peninsula.core.version import VERSION

PROJECT = Path(__file__).parents[3] / "pyproject.toml"


def test_the_version_is_the_projects():
    """core.version and pyproject.toml agree."""
    assert tomllib.loads(PROJECT.read_text())["project"]["version"] == VERSION
