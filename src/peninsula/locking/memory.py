"""Locks among the threads of one process."""

from peninsula.sdk.locks import MemoryLockManager

__all__ = ["MemoryLockManager"]
