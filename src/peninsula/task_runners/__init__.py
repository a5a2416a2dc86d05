"""What runs submitted tasks."""

from peninsula.sdk.remote.processes import ProcessPoolTaskRunner
from peninsula.sdk.running.runners import TaskRunner, ThreadPoolTaskRunner

__all__ = ["ConcurrentTaskRunner", "ProcessPoolTaskRunner", "TaskRunner", "ThreadPoolTaskRunner"]

ConcurrentTaskRunner = ThreadPoolTaskRunner
"""Another name of `ThreadPoolTaskRunner`, for programs written for Prefect."""
