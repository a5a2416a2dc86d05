"""Say what a run does next: its life, as a generator of effects.

The generator decides and does nothing; a driver does what each effect says and sends back its
outcome. There is one life for flow runs and task runs, and there are two drivers, for functions and
for coroutines.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, Final

from msgspec import Struct

from peninsula.core import retries
from peninsula.core.addresses import hide_passwords, hide_queries
from peninsula.core.runs import StateChange
from peninsula.core.states import StateType
from peninsula.core.texts import cut, encodable

__all__ = [
    "BECAUSE",
    "BESIDE",
    "Begin",
    "Call",
    "Consult",
    "Draw",
    "Effect",
    "Ending",
    "Hand",
    "Keep",
    "Life",
    "Notify",
    "Plan",
    "Prepare",
    "Recall",
    "Report",
    "Settle",
    "Sleep",
    "describe",
    "ending_of_error",
    "fit_message",
    "live",
]

MESSAGE_CHARS: Final = 4_000
"""As much of a text goes into the state's message; the log has the rest."""

BECAUSE: Final = "because"
"""Detail of a failure's state: in words, the exceptions that led to it, the nearest first."""

BESIDE: Final = "beside"
"""Detail of a failure by a group of exceptions: the ids of the events of failed calls that it
follows beside the first one."""

LED_BY: Final = 5
"""As many of them are told,"""

LED_BY_CHARS: Final = 500
"""each with as much of its text."""


class Plan(Struct, frozen=True, kw_only=True):
    """What a flow or task was declared to do; the same for all its runs."""

    prepares: bool = False
    """It has inputs to wait for, or parameters to check."""
    settles: bool = False
    """It has children that must end before it does."""
    retries: int = 0
    delays: tuple[float, ...] = ()
    jitter: float = 0.0
    remembers: bool = False
    """Its result is looked for before, and kept afterwards."""
    conditional: bool = False
    """A function of the user's decides whether a retry makes sense."""
    hooks: frozenset[StateType] = frozenset()
    """State types that have a hook."""


class Ending(Struct, frozen=True, kw_only=True):
    """How an attempt came out. The result or exception stays with the driver."""

    type: StateType
    name: str
    message: str | None = None
    retriable: bool = False
    details: dict[str, Any] = {}

    def change(self, attempt: int) -> StateChange:
        """Return the state change that reports it."""
        return StateChange(
            type=self.type,
            name=self.name,
            message=self.message,
            details=self.details,
            attempt=attempt,
        )


class Prepare(Struct, frozen=True):
    """Wait for the inputs and check the parameters. Outcome: an Ending if the run cannot start."""


class Recall(Struct, frozen=True):
    """Look for the result. Outcome: an Ending if it is known already, or cannot be looked for."""


class Keep(Struct, frozen=True):
    """Keep the result of a run that ends so. Outcome: the Ending that it comes to."""

    ending: Ending


class Report(Struct, frozen=True):
    """Tell the world of a new state. Outcome: None."""

    change: StateChange


class Begin(Report, frozen=True):
    """Tell that an attempt begins, once nobody holds it back. Outcome: an Ending if disturbed."""


class Notify(Struct, frozen=True):
    """Call the hooks of a state type. Outcome: an Ending if that was disturbed."""

    type: StateType


class Call(Struct, frozen=True):
    """Call the user's function. Outcome: an Ending, or None if a generator has yielded a value."""

    attempt: int


class Hand(Struct, frozen=True):
    """Hand the value that was yielded to the consumer. Outcome: None, when it wants the next."""


class Draw(Struct, frozen=True):
    """Have the generator go on as its consumer says. Outcome: as of Call."""


class Settle(Struct, frozen=True):
    """Bring the children of a run that ends so to their end. Outcome: an Ending if disturbed."""

    ending: Ending


class Consult(Struct, frozen=True):
    """Ask the user's function whether to retry. Outcome: whether, or an Ending if disturbed."""

    ending: Ending


class Sleep(Struct, frozen=True):
    """Wait. Outcome: an Ending if the wait was disturbed."""

    seconds: float


Effect = (
    Prepare
    | Recall
    | Begin
    | Report
    | Notify
    | Call
    | Hand
    | Draw
    | Settle
    | Keep
    | Consult
    | Sleep
)
Life = Generator[Effect, Any, Ending]

_PREPARE: Final = Prepare()
_RECALL: Final = Recall()
_RUNNING: Final = Begin(StateChange(type=StateType.RUNNING, name="Running"))


def live(plan: Plan, chance: Callable[[], float]) -> Life:
    """Yield what to do, from the first state to the last; return how it ended.

    `chance` gives the jitter of retries, in [0, 1).
    """
    ending = (yield _PREPARE) if plan.prepares else None
    if ending is None and plan.remembers:
        ending = yield _RECALL
    attempt = 0
    if ending is None:
        ending, attempt = yield from _attempts(plan, chance)
        if plan.remembers:
            ending = yield Keep(ending)
    yield Report(ending.change(attempt))
    if ending.type in plan.hooks:
        yield Notify(ending.type)
    return ending


def _attempts(
    plan: Plan, chance: Callable[[], float]
) -> Generator[Effect, Any, tuple[Ending, int]]:
    attempt = 0
    ending = yield _RUNNING
    if ending is None and StateType.RUNNING in plan.hooks:
        ending = yield Notify(StateType.RUNNING)
    while ending is None:
        ending = yield Call(attempt)
        while ending is None:
            yield Hand()
            ending = yield Draw()
        if plan.settles:
            ending = yield from _settle(ending)
        if not ending.retriable or attempt >= plan.retries:
            break
        ending, again = yield from _pause(plan, chance, ending, attempt)
        if again:
            attempt += 1
            ending = yield Begin(_retrying(ending, attempt))
    return ending, attempt


def _settle(ending: Ending) -> Generator[Effect, Any, Ending]:
    # What disturbs it is itself an ending, by which the children are told to hurry.
    disturbed: Ending | None = yield Settle(ending)
    while disturbed is not None:
        ending = disturbed
        disturbed = yield Settle(ending)
    return ending


def _pause(
    plan: Plan, chance: Callable[[], float], ending: Ending, attempt: int
) -> Generator[Effect, Any, tuple[Ending, bool]]:
    """Wait for the next attempt; tell whether there is one, else how the run ends."""
    if plan.conditional:
        answer = yield Consult(ending)
        if isinstance(answer, Ending) or not answer:
            return answer or ending, False
    delay = retries.delay_before(attempt + 1, plan.delays, plan.jitter, chance)
    if delay:
        yield Report(_awaiting_retry(ending, attempt, delay))
        disturbed = yield Sleep(delay)
        if disturbed is not None:
            return disturbed, False
    return ending, True


def _awaiting_retry(ending: Ending, attempt: int, delay: float) -> StateChange:
    return StateChange(
        type=StateType.SCHEDULED,
        name="AwaitingRetry",
        message=ending.message,
        details={"delay_seconds": round(delay, 3)},
        attempt=attempt,
    )


def _retrying(ending: Ending, attempt: int) -> StateChange:
    return StateChange(
        type=StateType.RUNNING, name="Retrying", message=ending.message, attempt=attempt
    )


def ending_of_error(error: BaseException) -> Ending:
    """Say how a run ends whose code left with this exception.

    An exception is a failure and may be retried. What is no `Exception` came from outside of the
    code or wants to leave it, and is a crash.
    """
    match error:
        case TimeoutError():
            return _failing(error, "TimedOut")
        case Exception():
            return _failing(error, "Failed")
        case KeyboardInterrupt():
            message = "Interrupted from the keyboard (Ctrl-C or SIGINT)."
        case SystemExit():
            message = f"The code left the program: sys.exit({error.code!r})."
        case GeneratorExit():
            message = "The coroutine was closed before it ended."
        case _:
            message = describe(error)
    return Ending(type=StateType.CRASHED, name="Crashed", message=message)


def _failing(error: Exception, name: str) -> Ending:
    details = {BECAUSE: because} if (because := _because(error)) else {}
    return Ending(
        type=StateType.FAILED,
        name=name,
        message=describe(error),
        retriable=True,
        details=details,
    )


def _because(error: BaseException) -> list[str]:
    """Return in words which exceptions led to this one, the nearest first."""
    found: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting and len(found) <= LED_BY:
        each = waiting.pop(0)
        if each is None or any(each is known for known in found):
            continue
        found.append(each)
        waiting += [each.__cause__, each.__context__]
        if isinstance(each, BaseExceptionGroup):
            waiting += each.exceptions
    return [cut(describe(each), LED_BY_CHARS) for each in found[1:]]


def describe(error: BaseException) -> str:
    """Return an exception in one text, `ValueError: no rows`, bounded, whatever its class does."""
    try:
        text = str(error)
    except Exception as problem:  # noqa: BLE001  a class of the user's may do anything here
        text = f"<its text cannot be had: {type(problem).__name__}>"
    name = type(error).__qualname__
    return hide_queries(fit_message(f"{name}: {text}" if text else name))


def fit_message(text: str) -> str:
    """Return a message as a state can carry it: bounded, encodable, no password in an address."""
    return hide_passwords(encodable(cut(text, MESSAGE_CHARS)))
