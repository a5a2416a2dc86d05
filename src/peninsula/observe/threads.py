"""Have spans of threads that a run begins seen below the run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from opentelemetry.context import attach, detach

from peninsula.observe.contexts import around
from peninsula.sdk.outside import threads
from peninsula.sdk.runs import Run

__all__ = ["follow"]


@cache
def follow() -> None:
    """Carry the context of runs into threads that begin from now on; once in a process."""
    threads.accompany(_within)


@contextmanager
def _within(run: Run) -> Iterator[None]:
    token = attach(around(run, None))
    try:
        yield
    finally:
        detach(token)
