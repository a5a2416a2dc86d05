"""Locks among the processes of one machine."""

from peninsula.sdk.locks import FileSystemLockManager

__all__ = ["FileSystemLockManager"]
