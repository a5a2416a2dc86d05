"""Find the types of workers: ours, and those that packages bring."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Final

from peninsula.core.errors import NotFoundError
from peninsula.workers.base import BaseWorker

__all__ = ["GROUP", "known_types", "worker_type"]

GROUP: Final = "peninsula.workers"
"""Entry points of classes of workers, by their type."""


def known_types() -> list[str]:
    """Return the names of all types."""
    return sorted({point.name for point in entry_points(group=GROUP)})


def worker_type(name: str) -> type[BaseWorker]:
    """Return the class of a type of workers. Raises NotFoundError naming those there are."""
    for point in entry_points(group=GROUP, name=name):
        found: type[BaseWorker] = point.load()
        return found
    listed = ", ".join(known_types())
    msg = f"There is no type of workers {name!r} here. There are: {listed}. Others are packages."
    raise NotFoundError(msg)
