"""A control group of processes that may have so much memory and no more, where that can be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from os import getpid
from pathlib import Path

import pytest

__all__ = ["memory_group"]

GROUPS = Path("/sys/fs/cgroup")
INTO = ("/bin/sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"')

_NUMBERS = count(1)


@contextmanager
def memory_group(limit: int) -> Iterator[tuple[str, ...]]:
    """Make a group; give the command before a program that has it run in there."""
    first = (GROUPS / "memory").is_dir()
    parent = GROUPS / "memory" if first else GROUPS
    group = parent / f"peninsula-{getpid()}-{next(_NUMBERS)}"
    try:
        group.mkdir()
        (group / ("memory.limit_in_bytes" if first else "memory.max")).write_text(str(limit))
    except OSError as problem:
        pytest.skip(f"Kernel: no group of processes can be made here: {problem}")
    try:
        yield (*INTO, str(group))
    finally:
        group.rmdir()
