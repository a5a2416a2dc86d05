"""Logs of runs."""

from peninsula.sdk.logs import get_run_logger

__all__ = ["get_run_logger"]
