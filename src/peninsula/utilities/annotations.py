"""Wrappers of arguments, where programs written for Prefect look for them."""

from peninsula.sdk.arguments.annotations import allow_failure, opaque, quote, unmapped

__all__ = ["allow_failure", "opaque", "quote", "unmapped"]
