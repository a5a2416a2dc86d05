"""Locks by which one run at a time makes a result."""
