"""Read the settings of this process: the environment, else config.toml in the home."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from peninsula.core import settings
from peninsula.core.errors import InvalidError
from peninsula.core.home import Home
from peninsula.core.settings import Settings

__all__ = ["home_of", "read_settings"]


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings. Raises InvalidError naming the setting and where it was set."""
    environ = os.environ if environ is None else environ
    home = environ.get(settings.variable("home")) or settings.Settings().home
    return settings.load(environ, _file(Home(Path(home).expanduser()).config))


def home_of(settings: Settings) -> Home:
    """Return the home that the settings name, `~` expanded."""
    return Home(Path(settings.home).expanduser().absolute())


def _file(path: Path) -> dict[str, Any] | None:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        return None
    import tomllib  # noqa: PLC0415  weight: most homes have no config.toml

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        msg = f"{path} is not TOML: {problem}. Correct it, or set values by `peninsula config set`."
        raise InvalidError(msg) from None
