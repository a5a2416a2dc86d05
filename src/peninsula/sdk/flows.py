"""Declare flows: functions whose calls are runs that have runs below them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Self, TypeVar, Unpack, overload

from peninsula.core import retries as retrying
from peninsula.core.errors import InvalidError
from peninsula.sdk.checks import checked_hooks
from peninsula.sdk.definitions import Definition
from peninsula.sdk.options import FlowOptions, Hook, check_options
from peninsula.sdk.runnable import MYPY, Runnable

if TYPE_CHECKING:
    from peninsula.sdk.running.names import RunName
    from peninsula.sdk.running.runners import TaskRunner

__all__ = ["Flow", "flow"]

P = ParamSpec("P")
Q = ParamSpec("Q")
R_co = TypeVar("R_co", covariant=True)
T = TypeVar("T")


class Flow(Runnable[P, R_co]):
    """A function whose calls are flow runs. Make one by `@flow`."""

    kind = "flow"
    nameless = "unknown-lambda"  # as in Prefect

    if not TYPE_CHECKING:  # to a type checker, a name that is not below is a mistake

        def __getattr__(self, name: str) -> Any:
            from peninsula.sdk import missing  # noqa: PLC0415  weight: for an error

            raise missing.of_flow(name)

    hook_options = (*Definition.hook_options, "on_cancellation", "on_crashed")

    def __init__(self, fn: Callable[P, R_co], **options: Unpack[FlowOptions]) -> None:
        """Check the options. Raises InvalidError naming the one that cannot be."""
        super().__init__(fn, options, options.get("flow_run_name"))
        self.retry_delay_seconds = options.get("retry_delay_seconds")
        self.delays = retrying.delays_of(self.retries, self.retry_delay_seconds, self.titled)
        self.task_runner = _checked_runner(self, options.get("task_runner"))
        self.should_validate_parameters = options.get("validate_parameters", True)
        self.on_cancellation_hooks = checked_hooks(
            self.titled, "on_cancellation", options.get("on_cancellation")
        )
        self.on_crashed_hooks = checked_hooks(self.titled, "on_crashed", options.get("on_crashed"))

    def _name_of(self, fn: Callable[..., Any]) -> str:
        return super()._name_of(fn).replace("_", "-")

    @property
    def flow_run_name(self) -> RunName | None:
        """What names its runs."""
        return self.run_name

    if not MYPY:

        @overload  # a class method: its first parameter takes the class
        def __get__(
            self: Flow[Concatenate[type[T], Q], R_co], instance: object, owner: type[T]
        ) -> Flow[Q, R_co]: ...

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload  # a method: its first parameter takes the object
    def __get__(
        self: Flow[Concatenate[T, Q], R_co], instance: T, owner: type | None = None
    ) -> Flow[Q, R_co]: ...
    @overload  # a static method
    def __get__(self, instance: object, owner: type | None = None) -> Self: ...
    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """Be a method in a class body: the object is given to the function, as no parameter."""
        return self.found_on(instance, owner)

    def validate_parameters(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Return the parameters coerced as those of a run would be.

        Raises ParameterError naming what is missing, too much, or does not fit.
        """
        return self.validator(self.signature.bind_given((), parameters))

    def on_completion(self, fn: Hook) -> Hook:
        """Call the function with flow, run and state when a run completes. For use as decorator."""
        return self._hook(self.on_completion_hooks, "on_completion", fn)

    def on_failure(self, fn: Hook) -> Hook:
        """Call the function with flow, run and state when a run has failed for good."""
        return self._hook(self.on_failure_hooks, "on_failure", fn)

    def on_cancellation(self, fn: Hook) -> Hook:
        """Call the function with flow, run and state when a run was cancelled."""
        return self._hook(self.on_cancellation_hooks, "on_cancellation", fn)

    def on_crashed(self, fn: Hook) -> Hook:
        """Call the function with flow, run and state when a run was ended from outside."""
        return self._hook(self.on_crashed_hooks, "on_crashed", fn)

    def on_running(self, fn: Hook) -> Hook:
        """Call the function with flow, run and state when a run starts."""
        return self._hook(self.on_running_hooks, "on_running", fn)

    def with_options(self, **options: Unpack[FlowOptions]) -> Flow[P, R_co]:
        """Return a flow of the same function with some options changed; None takes one back."""
        return Flow(self.declared, **self._options_with(options))


def _checked_runner(owner: Definition, runner: Any) -> TaskRunner | None:
    made: TaskRunner | None = runner() if isinstance(runner, type) else runner
    if made is None or callable(getattr(made, "open", None)):
        return made
    msg = f"The {owner.titled} has task_runner={runner!r}. Give a ThreadPoolTaskRunner()."
    raise InvalidError(msg)


@overload
def flow(fn: Callable[P, R_co], /) -> Flow[P, R_co]: ...
@overload
def flow(
    fn: None = None, /, **options: Unpack[FlowOptions]
) -> Callable[[Callable[P, R_co]], Flow[P, R_co]]: ...
def flow(fn: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """Make a function a flow: each of its calls is a run, and so are the calls of tasks inside it.

    Other Parameters:
        name: Of the flow; the function's, with dashes, by default.
        description: The function's docstring by default.
        version: Any text.
        flow_run_name: A template of the parameters, `load-{day:%F}`, or a function that returns
            the name; it may take `parameters`.
        retries: How often a failed run is tried again, from its beginning.
        retry_delay_seconds: Before each retry.
        task_runner: Runs what is submitted: `ThreadPoolTaskRunner(max_workers=…)`.
        timeout_seconds: Longest that one attempt may take.
        validate_parameters: Whether parameters are coerced to their annotations, by pydantic.
        log_prints: Whether `print` goes to the run's log; the setting's choice by default.
        persist_result: Whether its result is kept, and those of the tasks inside that do not say;
            the setting's choice by default.
        result_storage: Where: a path, or a URL that fsspec knows, `s3://bucket/results`.
        result_serializer: `pickle`, `json`, `msgspec`, `compressed/pickle`, or one of your own.
        cache_result_in_memory: Off: a kept result is read back when it is asked for.
        on_completion, on_failure, on_cancellation, on_crashed, on_running: Functions called with
            flow, run and state.

    """
    check_options("flow", options)
    return Flow(fn, **options) if fn is not None else lambda fn: Flow(fn, **options)
