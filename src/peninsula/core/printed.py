"""Tell what a process has logged from what it only printed, where both are read as one text."""

from __future__ import annotations

from typing import Final

__all__ = ["BY_POD", "MARKED", "is_marked", "marked", "unmarked"]

MARKED: Final = "PENINSULA_MARK_LOGGED"
"""Environment variable: what is shown of the logs of runs is marked. Whoever starts a process and
keeps what it prints sets it, and leaves the marked lines out: the process tells them itself."""

BY_POD: Final = "peninsula.pod"
"""Logger of what containers of pods print, before the name of the container. Each life of one is a
process of its own, whose command is `pod/container/restart`."""

_MARK: Final = "\u200b"
"""A space without width, at the end of a line: people do not see it, and nobody prints it there."""


def marked(text: str) -> str:
    """Mark each line of a text."""
    return "\n".join(line + _MARK for line in text.split("\n"))


def is_marked(line: str) -> bool:
    """Tell whether a line is known to be in the log of its run."""
    return line.rstrip("\r\n").endswith(_MARK)


def unmarked(line: str) -> str:
    """Return a line that is marked as it was."""
    return line.rstrip("\r\n").removesuffix(_MARK)
