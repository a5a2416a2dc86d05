"""Tell by its name whether an event says that something went well or ill."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

__all__ = ["Outcome", "outcome_of"]


class Outcome(StrEnum):
    """What an event says of what it is about."""

    FAILED = "failed"
    OK = "ok"
    OTHER = "other"


_WORDS: Final = {
    Outcome.FAILED: (
        "backoff crashed denied dropped error errored evicted exceeded expired failed failure"
        " killed lost oom out preempted refused rejected timeout unavailable unhealthy"
        " unschedulable"
    ),
    Outcome.OK: "cached completed done finished healthy loaded made ok passed ready succeeded",
}

_OUTCOMES: Final = {word: outcome for outcome, words in _WORDS.items() for word in words.split()}


def outcome_of(name: str) -> Outcome:
    """Return it by the last word of an event's name: `call.failed`, `flow-run.timed-out`."""
    word = name.rpartition(".")[2].replace("_", "-").rpartition("-")[2]
    return _OUTCOMES.get(word.lower(), Outcome.OTHER)
