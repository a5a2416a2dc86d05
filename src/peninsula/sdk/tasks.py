"""Declare tasks: functions whose calls are runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Self, TypeVar, Unpack, overload

from peninsula.core import retries as retrying
from peninsula.core.errors import InvalidError
from peninsula.core.retries import exponential_backoff
from peninsula.sdk.checks import checked_hooks, checked_tags
from peninsula.sdk.definitions import Definition
from peninsula.sdk.options import Hook, TaskOptions, check_options
from peninsula.sdk.runnable import MYPY
from peninsula.sdk.runnable_task import RunnableTask

if TYPE_CHECKING:
    from peninsula.sdk.results.cache_policy import CachePolicy
    from peninsula.sdk.running.names import RunName

__all__ = ["Task", "exponential_backoff", "task"]

P = ParamSpec("P")
Q = ParamSpec("Q")
R_co = TypeVar("R_co", covariant=True)
T = TypeVar("T")


class Task(RunnableTask[P, R_co]):
    """A function whose calls are task runs. Make one by `@task`."""

    hook_options = (*Definition.hook_options, "on_commit", "on_rollback")

    def __init__(self, fn: Callable[P, R_co], **options: Unpack[TaskOptions]) -> None:
        """Check the options. Raises InvalidError naming the one that cannot be."""
        super().__init__(fn, options, options.get("task_run_name"))
        self.tags = checked_tags(options.get("tags"), f"The {self.titled}")
        self.retry_delay_seconds = options.get("retry_delay_seconds")
        self.delays = retrying.delays_of(self.retries, self.retry_delay_seconds, self.titled)
        self.retry_jitter_factor = options.get("retry_jitter_factor") or 0.0
        retrying.check_jitter(self.titled, self.retry_jitter_factor)
        self.retry_condition_fn = options.get("retry_condition_fn")
        if self.retry_condition_fn is not None:
            checked_hooks(self.titled, "retry_condition_fn", [self.retry_condition_fn])
        self._cache(options)
        self.refresh_cache = options.get("refresh_cache")
        self.on_commit_hooks = checked_hooks(self.titled, "on_commit", options.get("on_commit"))
        self.on_rollback_hooks = checked_hooks(
            self.titled, "on_rollback", options.get("on_rollback")
        )

    def _cache(self, options: TaskOptions) -> None:
        """Take the options of caching. Raises InvalidError naming the one that cannot be."""
        self.cache_key_fn = options.get("cache_key_fn")
        self.cache_policy = self._checked_policy(options.get("cache_policy"))
        self.cache_expiration = expiration = options.get("cache_expiration")
        if expiration is not None and not hasattr(expiration, "total_seconds"):
            msg = f"The {self.titled} has cache_expiration={expiration!r}. Give a timedelta."
            raise InvalidError(msg)
        self.result_storage_key = key = options.get("result_storage_key")
        if key is not None:
            from peninsula.sdk.results import storage_keys  # noqa: PLC0415  weight

            storage_keys.check_template(self.titled, key, self.fn)
        cached = self.cache_policy is not None and not self.cache_policy.is_none
        if self.persist_result is None and (cached or key or expiration):
            self.persist_result = True

    def _checked_policy(self, policy: CachePolicy | None) -> CachePolicy | None:
        """Return the policy, or the one that the function of one's own makes."""
        if self.cache_key_fn is not None:
            from peninsula.sdk.results.cache_policy import CachePolicy  # noqa: PLC0415  weight

            if policy is not None:
                msg = f"The {self.titled} has a cache_policy and a cache_key_fn. Give one of them."
                raise InvalidError(msg)
            checked_hooks(self.titled, "cache_key_fn", [self.cache_key_fn])
            return CachePolicy.from_cache_key_fn(self.cache_key_fn)
        if policy is None or callable(getattr(policy, "compute_key", None)):
            return policy
        msg = f"The {self.titled} has cache_policy={policy!r}. Give one of cache_policies."
        raise InvalidError(msg)

    @property
    def task_run_name(self) -> RunName | None:
        """What names its runs."""
        return self.run_name

    if not MYPY:

        @overload  # a class method: its first parameter takes the class
        def __get__(
            self: Task[Concatenate[type[T], Q], R_co], instance: object, owner: type[T]
        ) -> Task[Q, R_co]: ...

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload  # a method: its first parameter takes the object
    def __get__(
        self: Task[Concatenate[T, Q], R_co], instance: T, owner: type | None = None
    ) -> Task[Q, R_co]: ...
    @overload  # a static method
    def __get__(self, instance: object, owner: type | None = None) -> Self: ...
    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """Be a method in a class body: the object is given to the function, as no parameter."""
        return self.found_on(instance, owner)

    def serve(self, limit: int = 10, timeout: float | None = None) -> None:
        """Run background runs of this task here, until told to end: `task_worker.serve`."""
        from peninsula.sdk.background import task_worker  # noqa: PLC0415  weight: as above

        task_worker.serve(self, limit=limit, timeout=timeout)

    def on_completion(self, fn: Hook) -> Hook:
        """Call the function with task, run and state when a run completes. For use as decorator."""
        return self._hook(self.on_completion_hooks, "on_completion", fn)

    def on_failure(self, fn: Hook) -> Hook:
        """Call the function with task, run and state when a run has failed for good."""
        return self._hook(self.on_failure_hooks, "on_failure", fn)

    def on_running(self, fn: Hook) -> Hook:
        """Call the function with task, run and state when a run starts."""
        return self._hook(self.on_running_hooks, "on_running", fn)

    def on_commit(self, fn: Hook) -> Hook:
        """Call the function with the transaction when the task's result is kept for good."""
        return self._hook(self.on_commit_hooks, "on_commit", fn)

    def on_rollback(self, fn: Hook) -> Hook:
        """Call the function with the transaction when what the task did is to be undone."""
        return self._hook(self.on_rollback_hooks, "on_rollback", fn)

    def with_options(self, **options: Unpack[TaskOptions]) -> Task[P, R_co]:
        """Return a task of the same function with some options changed; None takes one back."""
        kept = self._options_with(options)
        # One of them stands for the other: a new one takes the place of both.
        if "cache_policy" in options and "cache_key_fn" not in options:
            kept.pop("cache_key_fn", None)
        if "cache_key_fn" in options and "cache_policy" not in options:
            kept.pop("cache_policy", None)
        return Task(self.declared, **kept)


@overload
def task(fn: Callable[P, R_co], /) -> Task[P, R_co]: ...
@overload
def task(
    fn: None = None, /, **options: Unpack[TaskOptions]
) -> Callable[[Callable[P, R_co]], Task[P, R_co]]: ...
def task(fn: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """Make a function a task: each of its calls is a run, with states, logs, retries and edges.

    Other Parameters:
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
        persist_result: Whether the result is kept, also past the end of the process; the flow's
            choice by default, and True where another option of results or caching is given.
        result_storage: Where: a path, or a URL that fsspec knows, `s3://bucket/results`.
        result_storage_key: A template of the key: `orders/{parameters[day]}`.
        result_serializer: `pickle`, `json`, `msgspec`, `compressed/pickle`, or one of your own.
        cache_result_in_memory: Off: a kept result is read back when it is asked for.
        cache_policy: Which calls are the same, `INPUTS + TASK_SOURCE`; DEFAULT where results are
            kept: equal calls of one flow run.
        cache_key_fn: A function of one's own instead, of context and parameters.
        cache_expiration: How long a result counts.
        refresh_cache: Whether a known result is made anew.
        on_completion, on_failure, on_running: Functions called with task, run and state.
        on_commit, on_rollback: Functions called with the transaction that keeps the result, or
            undoes it.

    """
    check_options("task", options)
    return Task(fn, **options) if fn is not None else lambda fn: Task(fn, **options)
