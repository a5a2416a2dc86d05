"""The version of this Peninsula. A test compares it with pyproject.toml.

It is written here because asking the installed metadata for it takes 40 ms of every flow's start.
"""

from __future__ import annotations

from typing import Final

__all__ = ["VERSION"]

VERSION: Final = "0.1.0"
