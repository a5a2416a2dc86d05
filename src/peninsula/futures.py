"""Futures of submitted task runs."""

from peninsula.sdk.running.futures import (
    DoneAndNotDoneFutures,
    Future,
    FutureList,
    as_completed,
    wait,
)
from peninsula.sdk.running.resolution import resolve_futures_to_results, resolve_futures_to_states

__all__ = [
    "DoneAndNotDoneFutures",
    "Future",
    "FutureList",
    "PrefectFuture",
    "PrefectFutureList",
    "as_completed",
    "resolve_futures_to_results",
    "resolve_futures_to_states",
    "wait",
]

PrefectFuture = Future
"""Another name of `Future`, for programs written for Prefect."""

PrefectFutureList = FutureList
"""Another name of `FutureList`."""
