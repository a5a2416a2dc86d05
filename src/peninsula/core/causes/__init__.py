"""Explain failures: what may have led to them, by which evidence, and how sure that is."""

from __future__ import annotations

from peninsula.core.causes.errors import error_type
from peninsula.core.causes.evidence import (
    PROCESS_ENDS,
    WINDOW,
    Evidence,
    Strength,
    is_named,
    tells_of_change,
)
from peninsula.core.causes.failures import Failure, Seen
from peninsula.core.causes.fellows import is_refused
from peninsula.core.causes.past import Occurrence, PastRun, Sighting, occurrence
from peninsula.core.causes.suspects import (
    Alike,
    Dismissed,
    Suspicion,
    alike,
    candidates,
    judged,
    probable,
)

__all__ = [
    "PROCESS_ENDS",
    "WINDOW",
    "Alike",
    "Dismissed",
    "Evidence",
    "Failure",
    "Occurrence",
    "PastRun",
    "Seen",
    "Sighting",
    "Strength",
    "Suspicion",
    "alike",
    "candidates",
    "error_type",
    "is_named",
    "is_refused",
    "judged",
    "occurrence",
    "probable",
    "tells_of_change",
]
