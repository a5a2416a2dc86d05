"""Say under which names results lie in a store."""

from __future__ import annotations

from typing import Final

from peninsula.core.errors import InvalidError, UnavailableError
from peninsula.sdk.results.digests import digest

__all__ = ["ELSEWHERE", "checked_key", "name_aside", "name_for", "unavailable"]

LONGEST_KEY: Final = 1_024
LONGEST_PART: Final = 200
"""Bytes of one name in a key; file systems take 255."""

ASIDE: Final = ".aside"
"""Folder of what cannot be where its key says. No key begins with it."""

ELSEWHERE: Final = (FileNotFoundError, NotADirectoryError, IsADirectoryError)
"""A file is not at this place: nothing is, or a folder, or what would be its folder is a file."""


def name_for(key: str) -> str:
    """Return the key, or its digest where it can be no name: a URL, an absolute path, a page."""
    return key if _is_name(key) else digest(key)


def checked_key(key: str) -> str:
    """Return a key that stays below its folder. Raises InvalidError for any other."""
    if not _is_name(key):
        msg = f"{key[:100]!r} is no key of a result. Give short names with / between: day/orders."
        raise InvalidError(msg)
    return key


def name_aside(key: str) -> str:
    """Return the name of what cannot lie where its key says."""
    return f"{ASIDE}/{digest(key)}"


def _is_name(key: str) -> bool:
    parts = key.split("/")
    return (
        len(key) <= LONGEST_KEY
        and key.isprintable()
        and not {"", ".", ".."} & set(parts)
        and parts[0] != ASIDE
        and all(len(part.encode()) <= LONGEST_PART for part in parts)
    )


def unavailable(what: str, problem: Exception) -> UnavailableError:
    """Return the error of a store that fails, with the reason it gives."""
    reason = problem.strerror if isinstance(problem, OSError) and problem.strerror else problem
    return UnavailableError(f"{what}: {reason}.")
