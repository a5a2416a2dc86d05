"""Make the states that flows and tasks return, and take results out of states."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, Never, overload
from uuid import UUID

from msgspec import field, structs

from peninsula.core import states
from peninsula.core.classes import class_of
from peninsula.core.errors import (
    InvalidError,
    MissingResultError,
    PeninsulaError,
    RunCancelledError,
    RunCrashedError,
    RunFailedError,
    UpstreamError,
)
from peninsula.core.states import NAMES, StateType

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    # Where nothing is said of the result, it is anything: `State` is `State[Any]`.
    R_co = TypeVar("R_co", covariant=True, default=Any)
else:
    from typing import TypeVar

    R_co = TypeVar("R_co", covariant=True)
T = TypeVar("T")

__all__ = [
    "AwaitingRetry",
    "Cancelled",
    "Cancelling",
    "Completed",
    "Crashed",
    "Deferred",
    "Failed",
    "Late",
    "Paused",
    "Pending",
    "Retrying",
    "Running",
    "Scheduled",
    "State",
    "StateType",
    "Suspended",
    "are_states",
    "combine",
    "get_state_exception",
    "get_state_result",
    "raise_state_exception",
    "read_back",
]


def _now() -> datetime:
    return datetime.now(UTC)


class Deferred:
    """Stands for a result that is read back when it is asked for."""

    __slots__ = ()

    def read(self) -> Any:
        """Return the result. Raises MissingResultError if it is gone."""
        raise NotImplementedError


def read_back(data: Any) -> Any:
    """Return a result, or the one that it stands for. Raises MissingResultError if that is gone."""
    return data.read() if isinstance(data, Deferred) else data


class State(
    states.State,
    Generic[R_co],
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    eq=False,
    repr_omit_defaults=True,
):
    """A state with what the run returned or raised; `State[int]` is that of a run that gives one.

    A flow or task that returns one decides by it how its run ends. `type` is a `StateType`,
    `message` says why, `details` has what else is known: `state.details["cache_key"]`.
    """

    name: str = ""
    """Empty is the name of the type: `Completed` for COMPLETED."""
    timestamp: datetime = field(default_factory=_now)
    """When it began, in UTC."""
    data: Any = None
    """The result, or the exception; None where there is none."""
    run: UUID | None = None
    """The run whose state it is; None is a state made by hand."""

    def __post_init__(self) -> None:
        if not self.name:
            structs.force_setattr(self, "name", self.type.value.capitalize())

    @overload
    def result(self, raise_on_failure: Literal[True] = ...) -> R_co: ...
    @overload
    def result(self, raise_on_failure: bool) -> R_co | BaseException: ...  # noqa: FBT001  Prefect's name
    def result(self, raise_on_failure: bool = True) -> Any:  # noqa: FBT001, FBT002  as above
        """Return the result, or raise what ended the run (return it, if not `raise_on_failure`).

        Raises MissingResultError while there is none yet.
        """
        if self.type in _WRAPPERS:
            error = get_state_exception(self)
            if raise_on_failure:
                raise error
            return error
        if not self.terminal:
            raise _unfinished(self)
        return read_back(self.data)

    @overload
    async def aresult(self, raise_on_failure: Literal[True] = ...) -> R_co: ...
    @overload
    async def aresult(self, raise_on_failure: bool) -> R_co | BaseException: ...  # noqa: FBT001  as above
    async def aresult(self, raise_on_failure: bool = True) -> Any:  # noqa: FBT001, FBT002  as above
        """Return what `result` returns."""
        return self.result(raise_on_failure=raise_on_failure)

    def copy(self, *, update: dict[str, Any] | None = None) -> State[R_co]:
        """Return a state like this one that begins now, with what `update` says of its fields."""
        return structs.replace(self, **{"timestamp": _now(), **(update or {})})

    def is_scheduled(self) -> bool:
        """Tell whether it is to start later."""
        return self.type is StateType.SCHEDULED

    def is_pending(self) -> bool:
        """Tell whether it waits to start."""
        return self.type is StateType.PENDING

    def is_running(self) -> bool:
        """Tell whether it runs."""
        return self.type is StateType.RUNNING

    def is_completed(self) -> bool:
        """Tell whether it ended well."""
        return self.type is StateType.COMPLETED

    def is_failed(self) -> bool:
        """Tell whether it failed, also by its time limit."""
        return self.type is StateType.FAILED

    def is_crashed(self) -> bool:
        """Tell whether it was ended from outside."""
        return self.type is StateType.CRASHED

    def is_cancelled(self) -> bool:
        """Tell whether it was cancelled."""
        return self.type is StateType.CANCELLED

    def is_cancelling(self) -> bool:
        """Tell whether it is asked to end and has not yet."""
        return self.type is StateType.CANCELLING

    def is_paused(self) -> bool:
        """Tell whether it waits for someone to resume it."""
        return self.type is StateType.PAUSED

    def is_final(self) -> bool:
        """Tell whether it is over."""
        return self.terminal

    def __repr__(self) -> str:
        return f"{self.name}({self.message!r})" if self.message else f"{self.name}()"


_WRAPPERS: Final[dict[StateType, type[PeninsulaError]]] = {
    StateType.FAILED: RunFailedError,
    StateType.CRASHED: RunCrashedError,
    StateType.CANCELLED: RunCancelledError,
}


def _unfinished(state: State) -> PeninsulaError:
    if state.name == "NotReady":
        return UpstreamError(state.message or "A run that this one depends on did not complete.")
    return MissingResultError(
        f"The run is {state.name}, so it has no result yet. Wait for it to end."
    )


def get_state_exception(state: State) -> BaseException:
    """Return what ended the run: its exception, or that of the first failure it holds.

    A state without an exception gives RunFailedError, RunCrashedError or RunCancelledError with
    its message.
    """
    wrapper = _WRAPPERS.get(state.type)
    if wrapper is None:
        msg = f"{state!r} is no failure, so it has no exception. Ask `state.is_failed()` first."
        raise MissingResultError(msg)
    data = state.data
    if isinstance(data, BaseException):
        return data
    if isinstance(data, State):
        return get_state_exception(data)
    for each in data if are_states(data) else ():
        if each.type in _WRAPPERS:
            return get_state_exception(each)
    text = data if isinstance(data, str) else state.message
    return wrapper(text or f"The run ended {state.name}, and no message says why.")


@overload
def get_state_result(state: State[T], raise_on_failure: Literal[True] = ...) -> T: ...
@overload
def get_state_result(state: State[T], raise_on_failure: bool) -> T | BaseException: ...  # noqa: FBT001  as above
def get_state_result(state: State, raise_on_failure: bool = True) -> Any:  # noqa: FBT001, FBT002  as above
    """Return what `state.result` returns."""
    return state.result(raise_on_failure=raise_on_failure)


def raise_state_exception(state: State) -> None:
    """Raise what ended the run; nothing where it did not fail, crash or get cancelled."""
    if state.type in _WRAPPERS:
        raise get_state_exception(state)


def are_states(value: object) -> bool:
    """Tell whether it is a list, tuple or set of states, and not an empty one."""
    if class_of(value) not in {list, tuple, set} or not value:
        return False
    return all(isinstance(each, State) for each in value)  # type: ignore[attr-defined]


def combine(given: Iterable[State]) -> State:
    """Return one state for several: Completed if all of them are. They become its data."""
    listed = list(given)
    for type_, words, members in _COMBINED:
        found = sum(state.type in members for state in listed)
        if found:
            return State(type=type_, message=f"{found} of {len(listed)} {words}.", data=given)
    return State(type=StateType.COMPLETED, message=f"All {len(listed)} completed.", data=given)


# The first line that fits decides. A crash among others is a failure, as in Prefect.
_COMBINED: Final = (
    (StateType.CANCELLED, "cancelled", {StateType.CANCELLED}),
    (StateType.PAUSED, "paused", {StateType.PAUSED}),
    (StateType.FAILED, "failed", {StateType.FAILED, StateType.CRASHED}),
    (StateType.FAILED, "not ended", set(StateType) - {StateType.COMPLETED}),
)


def _named(
    default: str,
    /,
    *unnamed: Never,
    message: str | None = None,
    data: Any = None,
    name: str | None = None,
    scheduled_time: datetime | None = None,
    **unknown: Never,
) -> State:
    if unnamed or unknown:
        wrong = ", ".join(unknown) or "options without a name"
        msg = f"{default}() takes message, data, name and scheduled_time by name, not {wrong}."
        raise InvalidError(msg)
    details = {} if scheduled_time is None else {"scheduled_time": scheduled_time.isoformat()}
    return State(
        type=NAMES[default], name=name or default, message=message, data=data, details=details
    )


Scheduled = partial(_named, "Scheduled")
"""It is to start at `scheduled_time`."""
Late = partial(_named, "Late")
"""It was to start, and has not."""
AwaitingRetry = partial(_named, "AwaitingRetry")
"""It failed, and is tried again at `scheduled_time`."""
Pending = partial(_named, "Pending")
"""It waits to start."""
Running = partial(_named, "Running")
"""It runs."""
Retrying = partial(_named, "Retrying")
"""It runs again, after a failure."""
Completed = partial(_named, "Completed")
"""It ended well; `data` is its result. `Completed(message=…, name=…)` says more."""
Failed = partial(_named, "Failed")
"""It failed; `data` is an exception, or `message` says why. `retries` count."""
Cancelled = partial(_named, "Cancelled")
"""It is over, as somebody wanted."""
Cancelling = partial(_named, "Cancelling")
"""It is asked to end, and has not yet."""
Crashed = partial(_named, "Crashed")
"""It was ended from outside."""
Paused = partial(_named, "Paused")
"""It waits for someone to resume it."""
Suspended = partial(_named, "Suspended")
"""Its process has ended, and it waits for someone to resume it."""
