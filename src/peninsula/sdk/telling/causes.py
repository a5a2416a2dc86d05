"""Find the event that an exception carries: what failed first, where that is a fact."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import UUID
from weakref import ref

from peninsula.sdk.beside import Beside
from peninsula.sdk.runs import Run

if TYPE_CHECKING:
    from peninsula.sdk.outside.call import Call

__all__ = [
    "ANSWER",
    "ANSWERED",
    "CALL",
    "Answered",
    "Marked",
    "call_of",
    "cause_of",
    "causes_beside",
    "has_left_call",
    "keep_call",
    "left_call",
    "mark",
    "mark_call",
    "mark_run",
    "pass_on",
    "was_told_below",
]

CALL: Final = "_peninsula_event"
"""Attribute of an exception that left a call: the id of the call's event. On one that says how a
run elsewhere ended it is that of the run's end."""

UNTOLD: Final = "_peninsula_untold"
"""Attribute beside it: what tells that event, should it be only among others that were counted."""

RUN: Final = "_peninsula_run"
"""Attribute of an exception that left a run: the id of the event that ended it, and the id of the
run around it. Only that one may follow the event, as exceptions may be raised again elsewhere."""

MOST: Final = 1_000


def cause_of(run: Run) -> UUID | None:
    """Return the event that led to the run's failure, if its exception says so."""
    if run.error is None:
        return None
    below = None
    for error in _chain(run.error):
        if (call := _marked(error)) is not None:
            call.tell()
            return call.event
        below = below or _below(run, error)
    return below


def causes_beside(run: Run, cause: UUID | None) -> list[UUID]:
    """Return the calls that others of a group of exceptions have left, beside the first one."""
    if run.error is None or cause is None:
        return []
    found: dict[UUID, Marked] = {}
    for error in _chain(run.error):
        for each in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
            if len(found) < BESIDE and (call := call_of(each)) is not None and call.event != cause:
                found[call.event] = call
    for call in found.values():
        call.tell()
    return list(found)


BESIDE: Final = 20
"""As many are told."""


class Marked(NamedTuple):
    """The call that an exception has left."""

    event: UUID
    tell: Callable[[], object]
    """Tells the event, should that not be done."""


def call_of(error: BaseException) -> Marked | None:
    """Return the call that an exception, or one that led to it, has left."""
    return next((call for each in _chain(error) if (call := _marked(each)) is not None), None)


def left_call(error: BaseException) -> UUID | None:
    """Return the event of the call that an exception has left itself.

    It is read and written in what its class cannot answer for: a `__getattr__` may raise anything.
    """
    event = vars(error).get(CALL)
    return event if isinstance(event, UUID) else None


def has_left_call(error: BaseException) -> bool:
    """Tell whether an exception, or one that it was raised `from`, has left a call itself.

    What was only handled when it was raised may have left any.
    """
    return any(left_call(each) is not None for each in _chain(error, handled=False))


def _marked(error: BaseException) -> Marked | None:
    if (event := left_call(error)) is not None:
        untold = vars(error).get(UNTOLD)
        return Marked(event, (untold if isinstance(untold, _Untold) else _Untold()).tell)
    for answer in _answers(error):
        if (answered := ANSWERED.get(answer)) is not None:
            return Marked(answered.call.id, answered.call.tell_late)
    return None


def was_told_below(run: Run) -> bool:
    """Tell whether a run inside this one ended with the same exception, and logged it."""
    return run.error is not None and _below(run, run.error) is not None


def _below(run: Run, error: BaseException) -> UUID | None:
    event, around = vars(error).get(RUN) or (None, None)
    return event if around == run.id else None


def mark(run: Run, event: UUID) -> None:
    """Note on the run's exception that this event told of it."""
    if run.error is not None and run.parent is not None:
        vars(run.error)[RUN] = event, run.parent.id


def mark_call(error: BaseException, event: UUID, tell: Callable[[], object]) -> None:
    """Note on an exception which event tells of the call that it left.

    `tell` tells it if that was not done: of many alike, only those are that end a run.
    """
    vars(error)[CALL] = event
    vars(error)[UNTOLD] = _Untold(tell)


def mark_run(error: BaseException, event: UUID) -> None:
    """Note on an exception which event tells of the run elsewhere whose failure it says."""
    vars(error)[CALL] = event


def pass_on(answer: object, error: BaseException) -> None:
    """Have an exception say which call it left, as is known of the answer that it was made of."""
    if (answered := ANSWERED.get(answer)) is not None:
        mark_call(error, answered.call.id, answered.call.tell_late)


def keep_call(error: BaseException) -> None:
    """Note on an exception itself which call it left, as it goes to another process.

    What else says so stays here: the answer that it holds, and the exceptions that led to it.
    """
    if left_call(error) is None and (call := call_of(error)) is not None:
        mark_call(error, call.event, call.tell)


class _Untold:
    """An event that is not told yet. It stays in this process when the exception leaves it."""

    def __init__(self, tell: Callable[[], object] | None = None) -> None:
        self._tell = tell

    def tell(self) -> None:
        """Tell it, if it is from here."""
        if self._tell is not None:
            self._tell()

    def __reduce__(self) -> tuple[type[_Untold], tuple[()]]:
        return _Untold, ()


class Answered(NamedTuple):
    """What an answer came from."""

    call: Call
    run: ref[Run] | None
    """The one that the call is of. It may hold the answer, and so is not held by this."""


ANSWERED: Final[Beside[Answered]] = Beside()
"""By what is known of answers: an attribute would be among the data of theirs."""

ANSWER: Final = "peninsula"
"""Key among the extensions of an answer, beside which libraries make it anew."""


def _answers(error: BaseException) -> Iterator[object]:
    """Give the exception, which may be one, and the answer that it holds.

    Clients of HTTP raise such when they are asked for the status.
    """
    yield error
    with suppress(Exception):  # properties of the user's
        if (answer := getattr(error, "response", None)) is not None:
            yield answer
            yield getattr(answer, "extensions", {}).get(ANSWER)


def _chain(error: BaseException, *, handled: bool = True) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting and len(seen) < MOST:
        each = waiting.pop(0)
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting.append(each.__cause__)
        if handled:
            waiting.append(each.__context__)
        if isinstance(each, BaseExceptionGroup):
            waiting += each.exceptions
