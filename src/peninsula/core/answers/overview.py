"""What the API answers about how things are as a whole."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from peninsula.core.answers.base import Answer, Counted
from peninsula.core.answers.runs import History
from peninsula.core.answers.why import FailedRun
from peninsula.core.causes import Strength
from peninsula.core.runs import Run

__all__ = ["FailureGroup", "Overview"]


class FailureGroup(Answer, frozen=True, kw_only=True):
    """Flow runs that failed for what seems to be one reason."""

    cause: str | None
    """Id of the system where it began, None when no event says."""
    kind: str | None
    """Kind of that system: `s3`."""
    event: str | None
    """Name of the event of that system, None without one."""
    error: str | None
    """Type of the exception: that of the call which failed, or without a system, of the run."""
    strength: Strength | None
    """How sure the cause is, of the run of which it is surest; None without one."""
    unsought: bool
    """There were so many failures without a link that the cause of this one was not looked for:
    ask why one of its runs failed."""
    began: FailedRun | None
    """Where the newest of them began to fail: in itself, or in a run below, and what led to it;
    None when that is no longer known."""
    runs: int
    flows: tuple[str, ...]
    """Names of the flows, those that failed last first."""
    recovered: tuple[str, ...]
    """Those of them whose newest run that is over completed."""
    newest: tuple[Run, ...]
    """At most five."""
    ids: tuple[UUID, ...]
    """Of all of the runs, the newest first."""


class Overview(Answer, frozen=True, kw_only=True):
    """Flow runs that no other run called: what failed, runs, and comes next."""

    position: int
    """Of the newest event that this knows: the stream goes on from here."""
    history: History
    """Runs by state and the time they were expected; what was due before, and not over when the
    time began, is in the first span."""
    failing: tuple[FailureGroup, ...]
    """Those of them that failed or crashed; the group that failed last first."""
    failing_partial: bool
    """Only the newest failures were put into groups."""
    running: tuple[Run, ...]
    """Begun and not over, at any time, those that wait for their next attempt among them; at most
    50, the newest first."""
    running_count: Counted
    usual: dict[str, float]
    """Seconds that half of the completed runs of their flows took less than, by flow."""
    late: tuple[Run, ...]
    """In state Late: nobody has taken them, though they were due; at most 50, the longest first."""
    late_count: Counted
    next: tuple[Run, ...]
    """Scheduled, and not Late; at most 50, the soonest first."""
    next_count: Counted
    due: dict[UUID, datetime]
    """When those of `late` and `next` were or are due, by id: one that is tried again or resumed,
    from then on."""
