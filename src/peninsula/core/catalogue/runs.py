"""Events of runs: the states they enter, and what people say of them."""

from __future__ import annotations

from typing import Final

from peninsula.core.catalogue.entries import Entry
from peninsula.core.runs import REAPPEARED, RunKind
from peninsula.core.states import NAMES, event_part

__all__ = ["RUNS", "state_event"]


def state_event(kind: RunKind, type_name: str) -> str:
    """Return the name of the event by which a run of that kind enters a known state name."""
    return f"peninsula.{kind.value}.{event_part(NAMES[type_name], type_name)}"


_ENTERED: Final = {
    "Scheduled": "is to start later",
    "Late": "was to start and has not",
    "AwaitingRetry": "failed and waits for its next attempt",
    "Pending": "is submitted, and waits for a thread or for the runs it depends on",
    "NotReady": "never starts, as a run it depends on did not complete",
    "Running": "starts its first attempt",
    "Retrying": "starts its next attempt",
    "Completed": "ends well",
    "Cached": "takes the result of an earlier run",
    "Failed": "ends with an exception, or with a state that says so",
    "TimedOut": "takes longer than its `timeout_seconds`, or fails with a TimeoutError",
    "Cancelled": "is cancelled, or the run it belongs to is",
    "Crashed": "ends from outside: a signal, an exit, a kill",
    "Paused": "waits for someone to resume it",
    "Suspended": "ends its process and waits for someone to resume it",
    "Cancelling": "is asked to end",
}

_OF: Final = {
    RunKind.FLOW_RUN: ("flow run", "`peninsula.flow-run.<uuid>`"),
    RunKind.TASK_RUN: ("task run", "`peninsula.task-run.<uuid>`"),
}

_STATES: Final = tuple(
    Entry(
        state_event(kind, name),
        f"A {noun} {moment}.",
        about,
        "`StateChange`; the run's first event has its `Birth` in `born`",
    )
    for kind, (noun, about) in _OF.items()
    for name, moment in _ENTERED.items()
)

_RULED: Final = (
    *(
        Entry(
            f"peninsula.{kind.value}.{REAPPEARED}",
            f"The process of a {noun} that was presumed Crashed reports again; it is as before.",
            about,
            "`StateChange`",
        )
        for kind, (noun, about) in _OF.items()
    ),
    *(
        Entry(
            f"peninsula.{kind.value}.suspect-{part}",
            f"Someone says that a suspect {says} the cause of a {noun}'s failure.",
            about,
            "`suspect` (the event), its `name` and `system`; `actor` (`id`, `name`)",
        )
        for kind, (noun, about) in _OF.items()
        for part, says in (("dismissed", "is not"), ("restored", "may after all be"))
    ),
    Entry(
        "peninsula.flow-run.deleted",
        "Someone deletes a flow run that is over, with all that was told of it and below it.",
        "`peninsula.flow-run.<uuid>`",
        "`name`, `flow` and `state` it had; `runs` that went; `actor` (`id`, `name`)",
    ),
)

RUNS: Final = (*_STATES, *_RULED)
