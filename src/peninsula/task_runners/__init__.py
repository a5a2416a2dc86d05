"""What runs submitted tasks."""

from peninsula.sdk.processes import ProcessPoolTaskRunner
from peninsula.sdk.runners import ThreadPoolTaskRunner

__all__ = ["ConcurrentTaskRunner", "ProcessPoolTaskRunner", "ThreadPoolTaskRunner"]

ConcurrentTaskRunner = ThreadPoolTaskRunner
"""Another name of `ThreadPoolTaskRunner`, for programs written for Prefect."""
