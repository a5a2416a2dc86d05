"""Say in the log of a run what becomes of it: in a line, with the traceback where one helps."""

from __future__ import annotations

import logging
from typing import Final

from peninsula.core.runs import StateChange
from peninsula.core.states import StateType
from peninsula.journal import emitter
from peninsula.sdk.runs import Run
from peninsula.sdk.telling.logs import RunLogger
from peninsula.sdk.telling.tracebacks import traceback_of

__all__ = ["QUIET", "tell"]

_LEVELS: Final = {
    StateType.SCHEDULED: logging.WARNING,
    StateType.CANCELLED: logging.WARNING,
    StateType.FAILED: logging.ERROR,
    StateType.CRASHED: logging.ERROR,
}
QUIET: Final = frozenset({"Running", "Completed", "Cached", "Pending", "Scheduled"})
"""What happens to every run. Flows say it; of a thousand tasks nobody wants to read it."""


def tell(run: Run, change: StateChange, *, known: bool) -> None:
    """Write the line. `known` is an exception whose traceback a run inside this one has logged."""
    if change.name == "Retrying" and run.definition.delays:
        return  # AwaitingRetry has said it
    again = run.root.start > 1 and change.name == "Cached"
    text = "Not run again: its result was kept." if again else _text(run, change)
    if change.type in _FAULTS and run.error is not None and not known:
        text = f"{text}{traceback_of(run.error)}"
    level = _LEVELS.get(change.type, logging.INFO)
    if change.name in _WARNED:
        level = logging.WARNING
    RunLogger(run).log(level, "%s", text)


_FAULTS: Final = frozenset({StateType.FAILED, StateType.CRASHED})
_WARNED: Final = frozenset({"NotReady", "Retrying"})


def _text(run: Run, change: StateChange) -> str:
    match change.name:
        case "Running":
            goes_on = run.state is not None and run.start_time != run.state.timestamp
            return "Goes on." if goes_on else f'Flow "{run.definition.name}" starts.'
        case "AwaitingRetry":
            delay = change.details["delay_seconds"]
            retry = _retry(run, change.attempt + 1)
            return f"Failed, retry {retry} in {delay:g} s{_again(run)}: {change.message}"
        case "Retrying":
            retry = _retry(run, change.attempt)
            return f"Failed, retry {retry} at once{_again(run)}: {change.message}"
        case "Completed" if change.message is None:
            return f"Completed in {_duration(run)}."
        case name if change.type.terminal:
            said = f": {change.message}" if change.message else "."
            return f"{name} after {_duration(run)}{said}"
        case name:
            return f"{name}: {change.message}" if change.message else _ALONE.get(name, f"{name}.")


_ALONE: Final = {"Pending": "Waits for what is to be over before it begins."}


def _retry(run: Run, number: int) -> str:
    return f"{number} of {run.definition.retries}"


def _again(run: Run) -> str:
    yielded = run.stream is not None and run.stream.count
    return ", and its consumer gets its values again" if yielded else ""


def _duration(run: Run) -> str:
    if run.start_time is None:
        return "0 s"
    seconds = (emitter.current().now() - run.start_time).total_seconds()
    return f"{seconds:.3g} s" if seconds < 100 else f"{seconds:.0f} s"  # noqa: PLR2004  three digits
