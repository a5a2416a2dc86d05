"""Futures of submitted task runs."""

from peninsula.sdk.futures import Future, FutureList

__all__ = ["Future", "FutureList"]
