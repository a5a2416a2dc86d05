"""List every event the product emits: its name, when, about what, and what its payload says.

The table is the contract with whoever reads the log, and the docs show it. A test compares it with
what the code emits.
"""

from __future__ import annotations

from typing import Final

from peninsula.core.catalogue.calls import CALLS
from peninsula.core.catalogue.entries import Entry
from peninsula.core.catalogue.infrastructure import INFRASTRUCTURE
from peninsula.core.catalogue.kubernetes import KUBERNETES
from peninsula.core.catalogue.runs import RUNS, state_event
from peninsula.core.catalogue.stored import STORED

__all__ = ["CATALOGUE", "Entry", "names", "state_event"]

CATALOGUE: Final[tuple[Entry, ...]] = (*RUNS, *INFRASTRUCTURE, *STORED, *CALLS, *KUBERNETES)
"""Every event of ours. Add a row where you add an event."""


def names() -> frozenset[str]:
    """Return the names of all events in the catalogue."""
    return frozenset(entry.name for entry in CATALOGUE)
