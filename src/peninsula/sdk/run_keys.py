"""Tell the runs of one task from each other: `clean-0`, then `clean-1`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Final
from uuid import UUID

__all__ = ["RunKeys"]

MOST_CHARS: Final = 200
"""Of a key that those inside repeat; the runs inside of a longer one repeat its id."""


class RunKeys:
    """Counts the calls of each task in a flow run, or inside of one submitted task run.

    That one is counted by itself wherever it runs, so that the keys inside are the same on threads
    and in other processes, whichever task comes to run first: `clean-0.inc-0`.
    """

    __slots__ = ("_counts", "_inside")

    def __init__(self, inside: str = "") -> None:
        self._counts: dict[str, Iterator[int]] = {}
        self._inside = inside

    @classmethod
    def below(cls, key: str | None, id_: UUID) -> RunKeys:
        """Return those of the runs inside of a task run."""
        return cls(f"{id_.hex if key is None or len(key) > MOST_CHARS else key}.")

    def next(self, task: str) -> str:
        """Return what tells this call of a task from its others."""
        counter = self._counts.get(task)
        if counter is None:
            counter = self._counts.setdefault(task, count())
        return f"{self._inside}{task}-{next(counter)}"
