"""Tasks, and the backoff of their retries."""

from peninsula.sdk.results.cache_policies import task_input_hash
from peninsula.sdk.tasks import Task, exponential_backoff, task

__all__ = ["Task", "exponential_backoff", "task", "task_input_hash"]
