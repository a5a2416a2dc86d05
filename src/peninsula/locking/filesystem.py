"""Locks among the processes of one machine."""

from peninsula.sdk.results.locks import FileSystemLockManager

__all__ = ["FileSystemLockManager"]
