"""What runs submitted tasks."""

from peninsula.sdk.processes import ProcessPoolTaskRunner
from peninsula.sdk.runners import ThreadPoolTaskRunner

__all__ = ["ProcessPoolTaskRunner", "ThreadPoolTaskRunner"]
