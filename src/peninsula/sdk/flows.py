"""Declare flows: functions whose calls are runs that have runs below them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import (
    TYPE_CHECKING,
    Any,
    Concatenate,
    Never,
    ParamSpec,
    Self,
    TypeVar,
    overload,
)

from peninsula.core import retries as retrying
from peninsula.core.errors import InvalidError
from peninsula.sdk.checks import checked_hooks
from peninsula.sdk.definitions import KEEP, Definition, Hook, Keep, chosen
from peninsula.sdk.options import check_options
from peninsula.sdk.runnable import MYPY, Runnable
from peninsula.sdk.tasks import Task

if TYPE_CHECKING:
    from peninsula.sdk.running.names import RunName
    from peninsula.sdk.running.runners import TaskRunner
    from peninsula.sdk.serializers import Serializer

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

    def __init__(
        self,
        fn: Callable[P, R_co],
        *,
        name: str | None = None,
        description: str | None = None,
        version: str | None = None,
        flow_run_name: RunName | None = None,
        retries: int | None = None,
        retry_delay_seconds: float | None = None,
        task_runner: TaskRunner | type[TaskRunner] | None = None,
        timeout_seconds: float | None = None,
        validate_parameters: bool = True,
        log_prints: bool | None = None,
        persist_result: bool | None = None,
        result_storage: Any = None,
        result_serializer: Serializer | str | None = None,
        cache_result_in_memory: bool = True,
        on_completion: Sequence[Hook] | None = None,
        on_failure: Sequence[Hook] | None = None,
        on_cancellation: Sequence[Hook] | None = None,
        on_crashed: Sequence[Hook] | None = None,
        on_running: Sequence[Hook] | None = None,
    ) -> None:
        """Check the options. Raises InvalidError naming the one that cannot be."""
        super().__init__(
            fn,
            name=name,
            description=description,
            version=version,
            run_name=flow_run_name,
            retries=retries,
            timeout_seconds=timeout_seconds,
            log_prints=log_prints,
        )
        self.retry_delay_seconds = retry_delay_seconds
        self.delays = retrying.delays_of(self.retries, retry_delay_seconds, self.titled)
        self.task_runner = _checked_runner(self, task_runner)
        self._keep(persist_result, result_storage, result_serializer, cache_result_in_memory)
        self.should_validate_parameters = validate_parameters
        self.on_completion_hooks = checked_hooks(self.titled, "on_completion", on_completion)
        self.on_failure_hooks = checked_hooks(self.titled, "on_failure", on_failure)
        self.on_cancellation_hooks = checked_hooks(self.titled, "on_cancellation", on_cancellation)
        self.on_crashed_hooks = checked_hooks(self.titled, "on_crashed", on_crashed)
        self.on_running_hooks = checked_hooks(self.titled, "on_running", on_running)

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

    def with_options(
        self,
        *,
        name: str | Keep | None = KEEP,
        description: str | Keep | None = KEEP,
        version: str | Keep | None = KEEP,
        flow_run_name: RunName | Keep | None = KEEP,
        retries: int | Keep | None = KEEP,
        retry_delay_seconds: float | Keep | None = KEEP,
        task_runner: TaskRunner | type[TaskRunner] | Keep | None = KEEP,
        timeout_seconds: float | Keep | None = KEEP,
        validate_parameters: bool | Keep = KEEP,
        log_prints: bool | Keep | None = KEEP,
        persist_result: bool | Keep | None = KEEP,
        result_storage: Any = KEEP,
        result_serializer: Serializer | str | Keep | None = KEEP,
        cache_result_in_memory: bool | Keep = KEEP,
        on_completion: Sequence[Hook] | Keep | None = KEEP,
        on_failure: Sequence[Hook] | Keep | None = KEEP,
        on_cancellation: Sequence[Hook] | Keep | None = KEEP,
        on_crashed: Sequence[Hook] | Keep | None = KEEP,
        on_running: Sequence[Hook] | Keep | None = KEEP,
        **unknown: Never,
    ) -> Flow[P, R_co]:
        """Return a flow of the same function with some options changed."""
        check_options("flow", unknown, Flow.__init__.__kwdefaults__, Task.__init__.__kwdefaults__)
        return Flow(
            self.declared,
            name=chosen(name, self.name),
            description=chosen(description, self.description),
            version=chosen(version, self.version),
            flow_run_name=chosen(flow_run_name, self.run_name),
            retries=chosen(retries, self.retries),
            retry_delay_seconds=chosen(retry_delay_seconds, self.retry_delay_seconds),
            task_runner=chosen(task_runner, self.task_runner),
            timeout_seconds=chosen(timeout_seconds, self.timeout_seconds),
            validate_parameters=chosen(validate_parameters, self.should_validate_parameters),
            log_prints=chosen(log_prints, self.log_prints),
            persist_result=chosen(persist_result, self.persist_result),
            result_storage=chosen(result_storage, self.result_storage),
            result_serializer=chosen(result_serializer, self.result_serializer),
            cache_result_in_memory=chosen(cache_result_in_memory, self.cache_result_in_memory),
            on_completion=chosen(on_completion, self.on_completion_hooks),
            on_failure=chosen(on_failure, self.on_failure_hooks),
            on_cancellation=chosen(on_cancellation, self.on_cancellation_hooks),
            on_crashed=chosen(on_crashed, self.on_crashed_hooks),
            on_running=chosen(on_running, self.on_running_hooks),
        )


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
    fn: None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    version: str | None = None,
    flow_run_name: RunName | None = None,
    retries: int | None = None,
    retry_delay_seconds: float | None = None,
    task_runner: TaskRunner | type[TaskRunner] | None = None,
    timeout_seconds: float | None = None,
    validate_parameters: bool = True,
    log_prints: bool | None = None,
    persist_result: bool | None = None,
    result_storage: Any = None,
    result_serializer: Serializer | str | None = None,
    cache_result_in_memory: bool = True,
    on_completion: Sequence[Hook] | None = None,
    on_failure: Sequence[Hook] | None = None,
    on_cancellation: Sequence[Hook] | None = None,
    on_crashed: Sequence[Hook] | None = None,
    on_running: Sequence[Hook] | None = None,
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
    check_options("flow", options, Flow.__init__.__kwdefaults__, Task.__init__.__kwdefaults__)
    return Flow(fn, **options) if fn is not None else lambda fn: Flow(fn, **options)
