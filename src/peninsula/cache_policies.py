"""Policies that say which calls of a task are the same."""

from peninsula.sdk.results.cache_policies import (
    DEFAULT,
    FLOW_PARAMETERS,
    INPUTS,
    NONE,
    RUN_ID,
    TASK_SOURCE,
    FlowParameters,
    Inputs,
    RunId,
    TaskSource,
)
from peninsula.sdk.results.cache_policy import (
    NO_CACHE,
    CacheKeyFnPolicy,
    CachePolicy,
    CompoundCachePolicy,
    TaskRunContext,
)

__all__ = [
    "DEFAULT",
    "FLOW_PARAMETERS",
    "INPUTS",
    "NONE",
    "NO_CACHE",
    "RUN_ID",
    "TASK_SOURCE",
    "CacheKeyFnPolicy",
    "CachePolicy",
    "CompoundCachePolicy",
    "FlowParameters",
    "Inputs",
    "RunId",
    "TaskRunContext",
    "TaskSource",
]
