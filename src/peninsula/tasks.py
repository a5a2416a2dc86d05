"""Tasks, and the backoff of their retries."""

from peninsula.sdk.tasks import Task, exponential_backoff, task

__all__ = ["Task", "exponential_backoff", "task"]
