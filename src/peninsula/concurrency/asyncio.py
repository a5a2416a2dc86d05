"""Take slots of concurrency limits in coroutines."""

from peninsula.sdk.concurrency import aconcurrency as concurrency
from peninsula.sdk.concurrency import arate_limit as rate_limit

__all__ = ["concurrency", "rate_limit"]
