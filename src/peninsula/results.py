"""Where results are kept, and what is kept of one."""

from peninsula.sdk.results.result_store import ResultRecord, ResultStore
from peninsula.sdk.running.memory import get_result_store

__all__ = ["ResultRecord", "ResultStore", "get_result_store"]
