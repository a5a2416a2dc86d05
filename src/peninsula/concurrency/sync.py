"""Take slots of concurrency limits in functions."""

from peninsula.sdk.concurrency import concurrency, rate_limit

__all__ = ["concurrency", "rate_limit"]
