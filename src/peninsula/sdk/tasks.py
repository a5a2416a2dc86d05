"""Declare tasks: functions whose calls are runs."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Generic, Literal, ParamSpec, TypeVar, overload

from peninsula.core import retries as retrying
from peninsula.core.retries import Delays, exponential_backoff
from peninsula.sdk.definitions import KEEP, Definition, Hook, Keep, checked_tags, chosen

if TYPE_CHECKING:
    from peninsula.sdk.futures import Future, FutureList
    from peninsula.sdk.names import RunName
    from peninsula.sdk.runs import TaskRun
    from peninsula.sdk.states import State

__all__ = ["Task", "exponential_backoff", "task"]

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

Condition = Callable[["Task[..., Any]", "TaskRun", "State"], Any]
"""Told a failed run, says whether to retry it; may be a coroutine function."""


class Task(Definition, Generic[P, R]):
    """A function whose calls are task runs. Make one by `@task`."""

    kind = "task"

    def __init__(
        self,
        fn: Callable[P, R],
        *,
        name: str | None = None,
        description: str | None = None,
        tags: Iterable[str] | None = None,
        version: str | None = None,
        task_run_name: RunName | None = None,
        retries: int | None = None,
        retry_delay_seconds: Delays | None = None,
        retry_jitter_factor: float | None = None,
        retry_condition_fn: Condition | None = None,
        timeout_seconds: float | None = None,
        log_prints: bool | None = None,
        on_completion: Sequence[Hook] | None = None,
        on_failure: Sequence[Hook] | None = None,
        on_running: Sequence[Hook] | None = None,
    ) -> None:
        """Check the options. Raises InvalidError naming the one that cannot be."""
        super().__init__(
            fn,
            name=name,
            description=description,
            version=version,
            run_name=task_run_name,
            retries=retries,
            timeout_seconds=timeout_seconds,
            log_prints=log_prints,
        )
        self.tags = checked_tags(tags, f"The {self.titled}")
        self.retry_delay_seconds = retry_delay_seconds
        self.delays = retrying.delays_of(self.retries, retry_delay_seconds)
        self.retry_jitter_factor = retry_jitter_factor or 0.0
        retrying.check_seconds("retry_jitter_factor", self.retry_jitter_factor)
        self.checked_hooks("retry_condition_fn", [retry_condition_fn or callable])
        self.retry_condition_fn = retry_condition_fn
        self.on_completion_hooks = self.checked_hooks("on_completion", on_completion)
        self.on_failure_hooks = self.checked_hooks("on_failure", on_failure)
        self.on_running_hooks = self.checked_hooks("on_running", on_running)

    @property
    def task_run_name(self) -> RunName | None:
        """What names its runs."""
        return self.run_name

    @overload
    def __call__(
        self: Task[..., Coroutine[Any, Any, Any]],
        *args: Any,
        return_state: Literal[True],
        wait_for: Iterable[Any] | None = None,
        **kwargs: Any,
    ) -> Coroutine[Any, Any, State]: ...
    @overload
    def __call__(
        self: Task[..., Any],
        *args: Any,
        return_state: Literal[True],
        wait_for: Iterable[Any] | None = None,
        **kwargs: Any,
    ) -> State: ...
    @overload
    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R: ...
    @overload
    def __call__(self, *args: Any, wait_for: Iterable[Any] | None, **kwargs: Any) -> R: ...
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the task here and return its result; with `return_state=True`, its state.

        A task of a coroutine function returns a coroutine. `wait_for` lists futures that must
        complete before.
        """
        from peninsula.sdk import calls  # noqa: PLC0415  weight: the engine, at the first call

        return calls.call_task(self, args, kwargs)

    @overload
    def submit(  # type: ignore[overload-overlap]  # no parameter is called return_state
        self: Task[..., Any],
        *args: Any,
        return_state: Literal[True],
        wait_for: Iterable[Any] | None = None,
        **kwargs: Any,
    ) -> State: ...
    @overload
    def submit(
        self: Task[P, Coroutine[Any, Any, T]], *args: P.args, **kwargs: P.kwargs
    ) -> Future[T]: ...
    @overload
    def submit(self, *args: P.args, **kwargs: P.kwargs) -> Future[R]: ...
    @overload
    def submit(
        self: Task[..., Coroutine[Any, Any, T]],
        *args: Any,
        wait_for: Iterable[Any] | None = None,
        **kwargs: Any,
    ) -> Future[T]: ...
    @overload
    def submit(
        self, *args: Any, wait_for: Iterable[Any] | None = None, **kwargs: Any
    ) -> Future[R]: ...
    def submit(self, *args: Any, **kwargs: Any) -> Any:
        """Have the flow's task runner run the task, and return a future at once.

        Futures among the arguments are waited for. With `return_state=True`, wait for the run and
        return its state. Raises InvalidError outside of a flow run.
        """
        from peninsula.sdk import calls  # noqa: PLC0415  weight: the engine, at the first call

        return calls.submit_task(self, args, kwargs)

    @overload
    def map(
        self: Task[..., Any],
        *args: Any,
        return_state: Literal[True],
        wait_for: Iterable[Any] | None = None,
        **kwargs: Any,
    ) -> list[State]: ...
    @overload
    def map(
        self: Task[..., Coroutine[Any, Any, T]],
        *args: Any,
        wait_for: Iterable[Any] | None = None,
        **kwargs: Any,
    ) -> FutureList[T]: ...
    @overload
    def map(
        self, *args: Any, wait_for: Iterable[Any] | None = None, **kwargs: Any
    ) -> FutureList[R]: ...
    def map(self, *args: Any, **kwargs: Any) -> Any:
        """Submit the task once for each item of the arguments that can be iterated.

        All of these have the same length; texts, bytes, defaults and what is `unmapped` go to each
        run as they are. With `return_state=True`, wait for the runs and return their states.
        """
        from peninsula.sdk import calls  # noqa: PLC0415  weight: the engine, at the first call

        return calls.map_task(self, args, kwargs)

    def on_completion(self, fn: Hook) -> Hook:
        """Call the function with task, run and state when a run completes. For use as decorator."""
        return self._hook(self.on_completion_hooks, "on_completion", fn)

    def on_failure(self, fn: Hook) -> Hook:
        """Call the function with task, run and state when a run has failed for good."""
        return self._hook(self.on_failure_hooks, "on_failure", fn)

    def on_running(self, fn: Hook) -> Hook:
        """Call the function with task, run and state when a run starts."""
        return self._hook(self.on_running_hooks, "on_running", fn)

    def with_options(
        self,
        *,
        name: str | Keep | None = KEEP,
        description: str | Keep | None = KEEP,
        tags: Iterable[str] | Keep | None = KEEP,
        version: str | Keep | None = KEEP,
        task_run_name: RunName | Keep | None = KEEP,
        retries: int | Keep | None = KEEP,
        retry_delay_seconds: Delays | Keep | None = KEEP,
        retry_jitter_factor: float | Keep | None = KEEP,
        retry_condition_fn: Condition | Keep | None = KEEP,
        timeout_seconds: float | Keep | None = KEEP,
        log_prints: bool | Keep | None = KEEP,
        on_completion: Sequence[Hook] | Keep | None = KEEP,
        on_failure: Sequence[Hook] | Keep | None = KEEP,
        on_running: Sequence[Hook] | Keep | None = KEEP,
    ) -> Task[P, R]:
        """Return a task of the same function with some options changed."""
        return Task(
            self.fn,
            name=chosen(name, self.name),
            description=chosen(description, self.description),
            tags=chosen(tags, self.tags),
            version=chosen(version, self.version),
            task_run_name=chosen(task_run_name, self.run_name),
            retries=chosen(retries, self.retries),
            retry_delay_seconds=chosen(retry_delay_seconds, self.retry_delay_seconds),
            retry_jitter_factor=chosen(retry_jitter_factor, self.retry_jitter_factor),
            retry_condition_fn=chosen(retry_condition_fn, self.retry_condition_fn),
            timeout_seconds=chosen(timeout_seconds, self.timeout_seconds),
            log_prints=chosen(log_prints, self.log_prints),
            on_completion=chosen(on_completion, self.on_completion_hooks),
            on_failure=chosen(on_failure, self.on_failure_hooks),
            on_running=chosen(on_running, self.on_running_hooks),
        )


@overload
def task(fn: Callable[P, R], /) -> Task[P, R]: ...
@overload
def task(
    fn: None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    tags: Iterable[str] | None = None,
    version: str | None = None,
    task_run_name: RunName | None = None,
    retries: int | None = None,
    retry_delay_seconds: Delays | None = None,
    retry_jitter_factor: float | None = None,
    retry_condition_fn: Condition | None = None,
    timeout_seconds: float | None = None,
    log_prints: bool | None = None,
    on_completion: Sequence[Hook] | None = None,
    on_failure: Sequence[Hook] | None = None,
    on_running: Sequence[Hook] | None = None,
) -> Callable[[Callable[P, R]], Task[P, R]]: ...
def task(fn: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """Make a function a task: each of its calls is a run, with states, logs, retries and edges.

    Options:
        name: Of the task; the function's by default.
        description: The function's docstring by default.
        tags: Of each of its runs, beside those of `with tags(...)`.
        version: Any text.
        task_run_name: A template of the parameters, `load-{day:%F}`, or a function that returns
            the name; it may take `parameters`.
        retries: How often a failed run is tried again.
        retry_delay_seconds: Before each retry: a number, a list, or `exponential_backoff(factor)`.
        retry_jitter_factor: Share by which a delay may be longer or shorter, by chance.
        retry_condition_fn: Told task, run and failed state, says whether to retry.
        timeout_seconds: Longest that one attempt may take.
        log_prints: Whether `print` goes to the run's log; the flow's choice by default.
        on_completion, on_failure, on_running: Functions called with task, run and state.

    """
    return Task(fn, **options) if fn is not None else lambda fn: Task(fn, **options)
