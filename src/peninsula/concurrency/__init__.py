"""Limits that flows share, wherever they run."""
