"""Locks among the threads of one process."""

from peninsula.sdk.results.locks import MemoryLockManager

__all__ = ["MemoryLockManager"]
