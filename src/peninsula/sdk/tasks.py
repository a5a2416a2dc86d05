"""Declare tasks: functions whose calls are runs."""

from __future__ import annotations

from collections.abc import (
    Callable,
    Iterable,
    Sequence,
)
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
from peninsula.core.retries import Delays, exponential_backoff
from peninsula.sdk.checks import checked_hooks, checked_tags
from peninsula.sdk.definitions import KEEP, Hook, Keep, chosen
from peninsula.sdk.options import check_options
from peninsula.sdk.runnable import MYPY
from peninsula.sdk.runnable_task import RunnableTask

if TYPE_CHECKING:
    from datetime import timedelta

    from peninsula.sdk.results.cache_policy import CacheKeyFn, CachePolicy
    from peninsula.sdk.running.names import RunName
    from peninsula.sdk.runs import TaskRun
    from peninsula.sdk.serializers import Serializer
    from peninsula.sdk.states import State

__all__ = ["Task", "exponential_backoff", "task"]

P = ParamSpec("P")
Q = ParamSpec("Q")
R_co = TypeVar("R_co", covariant=True)
T = TypeVar("T")

Condition = Callable[["Task[..., Any]", "TaskRun", "State"], Any]
"""Told a failed run, says whether to retry it; may be a coroutine function."""


class Task(RunnableTask[P, R_co]):
    """A function whose calls are task runs. Make one by `@task`."""

    def __init__(
        self,
        fn: Callable[P, R_co],
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
        persist_result: bool | None = None,
        result_storage: Any = None,
        result_storage_key: str | None = None,
        result_serializer: Serializer | str | None = None,
        cache_result_in_memory: bool = True,
        cache_policy: CachePolicy | None = None,
        cache_key_fn: CacheKeyFn | None = None,
        cache_expiration: timedelta | None = None,
        refresh_cache: bool | None = None,
        on_completion: Sequence[Hook] | None = None,
        on_failure: Sequence[Hook] | None = None,
        on_running: Sequence[Hook] | None = None,
        on_commit: Sequence[Hook] | None = None,
        on_rollback: Sequence[Hook] | None = None,
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
        self.delays = retrying.delays_of(self.retries, retry_delay_seconds, self.titled)
        self.retry_jitter_factor = retry_jitter_factor or 0.0
        retrying.check_jitter(self.titled, self.retry_jitter_factor)
        checked_hooks(self.titled, "retry_condition_fn", [retry_condition_fn or callable])
        self.retry_condition_fn = retry_condition_fn
        self._keep(persist_result, result_storage, result_serializer, cache_result_in_memory)
        self._cache(cache_policy, cache_key_fn, cache_expiration, result_storage_key)
        self.refresh_cache = refresh_cache
        self.on_commit_hooks = checked_hooks(self.titled, "on_commit", on_commit)
        self.on_rollback_hooks = checked_hooks(self.titled, "on_rollback", on_rollback)
        self.on_completion_hooks = checked_hooks(self.titled, "on_completion", on_completion)
        self.on_failure_hooks = checked_hooks(self.titled, "on_failure", on_failure)
        self.on_running_hooks = checked_hooks(self.titled, "on_running", on_running)

    def _cache(
        self,
        policy: Any,
        key_fn: CacheKeyFn | None,
        expiration: Any,
        storage_key: Any,
    ) -> None:
        """Take the options of caching. Raises InvalidError naming the one that cannot be."""
        if key_fn is not None:
            from peninsula.sdk.results.cache_policy import CachePolicy  # noqa: PLC0415  weight

            if policy is not None:
                msg = f"The {self.titled} has a cache_policy and a cache_key_fn. Give one of them."
                raise InvalidError(msg)
            checked_hooks(self.titled, "cache_key_fn", [key_fn])
            policy = CachePolicy.from_cache_key_fn(key_fn)
        if not (policy is None or callable(getattr(policy, "compute_key", None))):
            msg = f"The {self.titled} has cache_policy={policy!r}. Give one of cache_policies."
            raise InvalidError(msg)
        if storage_key is not None and not (isinstance(storage_key, str) and storage_key):
            msg = f"The {self.titled} has result_storage_key={storage_key!r}. Give a text."
            raise InvalidError(msg)
        if storage_key is not None:
            from peninsula.sdk.results import storage_keys  # noqa: PLC0415  weight

            storage_keys.check_template(self.titled, storage_key, self.fn)
        if expiration is not None and not hasattr(expiration, "total_seconds"):
            msg = f"The {self.titled} has cache_expiration={expiration!r}. Give a timedelta."
            raise InvalidError(msg)
        self.cache_policy: CachePolicy | None = policy
        self.cache_key_fn = key_fn
        self.cache_expiration: timedelta | None = expiration
        self.result_storage_key: str | None = storage_key
        wants = bool(storage_key or expiration) or (policy is not None and not policy.is_none)
        if self.persist_result is None and wants:
            self.persist_result = True

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
        persist_result: bool | Keep | None = KEEP,
        result_storage: Any = KEEP,
        result_storage_key: str | Keep | None = KEEP,
        result_serializer: Serializer | str | Keep | None = KEEP,
        cache_result_in_memory: bool | Keep = KEEP,
        cache_policy: CachePolicy | Keep | None = KEEP,
        cache_key_fn: CacheKeyFn | Keep | None = KEEP,
        cache_expiration: timedelta | Keep | None = KEEP,
        refresh_cache: bool | Keep | None = KEEP,
        on_completion: Sequence[Hook] | Keep | None = KEEP,
        on_failure: Sequence[Hook] | Keep | None = KEEP,
        on_running: Sequence[Hook] | Keep | None = KEEP,
        on_commit: Sequence[Hook] | Keep | None = KEEP,
        on_rollback: Sequence[Hook] | Keep | None = KEEP,
        **unknown: Never,
    ) -> Task[P, R_co]:
        """Return a task of the same function with some options changed."""
        check_options("task", unknown, Task.__init__.__kwdefaults__)
        return Task(
            self.declared,
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
            persist_result=chosen(persist_result, self.persist_result),
            result_storage=chosen(result_storage, self.result_storage),
            result_storage_key=chosen(result_storage_key, self.result_storage_key),
            result_serializer=chosen(result_serializer, self.result_serializer),
            cache_result_in_memory=chosen(cache_result_in_memory, self.cache_result_in_memory),
            **self._chosen_policy(cache_policy, cache_key_fn),
            cache_expiration=chosen(cache_expiration, self.cache_expiration),
            refresh_cache=chosen(refresh_cache, self.refresh_cache),
            on_commit=chosen(on_commit, self.on_commit_hooks),
            on_rollback=chosen(on_rollback, self.on_rollback_hooks),
            on_completion=chosen(on_completion, self.on_completion_hooks),
            on_failure=chosen(on_failure, self.on_failure_hooks),
            on_running=chosen(on_running, self.on_running_hooks),
        )

    def _chosen_policy(
        self,
        policy: CachePolicy | Keep | None,
        key_fn: CacheKeyFn | Keep | None,
    ) -> dict[str, Any]:
        # One of them stands for the other: a new one takes the place of both.
        if not isinstance(key_fn, Keep):
            return {"cache_key_fn": key_fn, "cache_policy": chosen(policy, None)}
        if not isinstance(policy, Keep):
            return {"cache_policy": policy}
        if self.cache_key_fn is not None:
            return {"cache_key_fn": self.cache_key_fn}
        return {"cache_policy": self.cache_policy}


@overload
def task(fn: Callable[P, R_co], /) -> Task[P, R_co]: ...
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
    persist_result: bool | None = None,
    result_storage: Any = None,
    result_storage_key: str | None = None,
    result_serializer: Serializer | str | None = None,
    cache_result_in_memory: bool = True,
    cache_policy: CachePolicy | None = None,
    cache_key_fn: CacheKeyFn | None = None,
    cache_expiration: timedelta | None = None,
    refresh_cache: bool | None = None,
    on_completion: Sequence[Hook] | None = None,
    on_failure: Sequence[Hook] | None = None,
    on_running: Sequence[Hook] | None = None,
    on_commit: Sequence[Hook] | None = None,
    on_rollback: Sequence[Hook] | None = None,
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
    check_options("task", options, Task.__init__.__kwdefaults__)
    return Task(fn, **options) if fn is not None else lambda fn: Task(fn, **options)
