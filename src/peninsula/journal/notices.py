"""Say to people what the journal cannot keep, and what to do about it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from peninsula.journal.drops import Gap
from peninsula.journal.store import MEMORY_BYTES

__all__ = ["cannot_write", "lost"]

_FIXES: Final = {
    "disk-full": "Make room on its disk.",
    "read-only": "Set PENINSULA_HOME to a folder that this process may write to.",
    "disk-error": "The system's log may say more.",
}


def cannot_write(folder: Path, problem: Exception, reason: str) -> str:
    """Return the warning for a journal that takes nothing, for the reason that a gap would say."""
    return (
        f"The journal in {folder} cannot be written: {problem}. Events and logs stay in memory, "
        f"up to {MEMORY_BYTES >> 20} MiB, and what no server takes is gone when the process ends. "
        f"{_FIXES[reason]} The flow goes on."
    )


def lost(folder: Path, records: int, gap: Gap | None) -> str | None:
    """Return what is said at the end of records that were kept nowhere; None if there are none."""
    parts = [f"{records} records"] if records else []
    if gap is not None:
        parts += [f"{count} of kind {kind}" for kind, count in gap.dropped.items()]
    if not parts:
        return None
    return f"The journal in {folder} could not keep everything. Lost: {', '.join(parts)}."
