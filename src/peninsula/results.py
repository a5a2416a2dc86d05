"""Where results are kept, and what is kept of one."""

from peninsula.sdk.memory import get_result_store
from peninsula.sdk.results import ResultRecord, ResultStore

__all__ = ["ResultRecord", "ResultStore", "get_result_store"]
