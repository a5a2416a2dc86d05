"""Flows."""

from peninsula.sdk.flows import Flow, flow

__all__ = ["Flow", "flow"]
