"""Futures of submitted task runs."""

from peninsula.sdk.futures import DoneAndNotDoneFutures, Future, FutureList, as_completed, wait

__all__ = ["DoneAndNotDoneFutures", "Future", "FutureList", "as_completed", "wait"]
