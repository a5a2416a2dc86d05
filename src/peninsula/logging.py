"""Logs of runs."""

from peninsula.sdk.telling.logs import get_run_logger

__all__ = ["get_run_logger"]
