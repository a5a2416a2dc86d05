"""Futures of submitted task runs."""

from peninsula.sdk.running.futures import (
    DoneAndNotDoneFutures,
    Future,
    FutureList,
    as_completed,
    wait,
)

__all__ = [
    "DoneAndNotDoneFutures",
    "Future",
    "FutureList",
    "PrefectFuture",
    "as_completed",
    "wait",
]

PrefectFuture = Future
"""Another name of `Future`, for programs written for Prefect."""
