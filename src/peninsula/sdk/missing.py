"""Say what to use in the place of names that programs written for Prefect have, and we have not."""

from __future__ import annotations

from typing import Final

__all__ = ["of_flow", "of_package"]

PACKAGE: Final = {
    "get_client": 'The SDK needs none. Use the HTTP API, or the command line: "peninsula --help".',
    "Transaction": "Take it from peninsula.transactions.",
    "transaction": "Take it from peninsula.transactions.",
}
"""Names that `prefect` itself has."""

FLOW: Final = {
    "visualize": "Run the flow: its page draws the graph of its task runs.",
}
"""Names that its flows have."""


def of_package(name: str) -> Exception:
    """Return what to raise for a name that `peninsula` has not."""
    if name in PACKAGE:
        # No AttributeError: `from peninsula import serve` would put another text in its place.
        return ImportError(f"peninsula has no {name!r}. {PACKAGE[name]}")
    return AttributeError(f"module 'peninsula' has no attribute {name!r}")


def of_flow(name: str) -> AttributeError:
    """Return what to raise for a name that flows have not."""
    if name in FLOW:
        return AttributeError(f"A flow has no {name!r}. {FLOW[name]}")
    return AttributeError(f"'Flow' object has no attribute {name!r}")
