"""What runs submitted tasks."""

from peninsula.sdk.runners import ThreadPoolTaskRunner

__all__ = ["ThreadPoolTaskRunner"]
