"""Forms that paused runs ask people to fill in: `from peninsula.input import RunInput`."""

from __future__ import annotations

from peninsula.sdk.run_input import RunInput

__all__ = ["RunInput"]
