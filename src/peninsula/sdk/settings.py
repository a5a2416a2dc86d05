"""Know the settings of this process, read when a run first needs one."""

from __future__ import annotations

from functools import cache

from peninsula.client.configuration import read_settings
from peninsula.core.settings import Settings

__all__ = ["settings"]


@cache
def settings() -> Settings:
    """Return the settings. Raises InvalidError naming one that is wrong."""
    return read_settings()
