"""The options of flows and tasks: declared here, once, for the decorator and for `with_options`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

from peninsula.core.errors import ParameterError

if TYPE_CHECKING:
    from datetime import timedelta

    from peninsula.core.retries import Delays
    from peninsula.sdk.results.cache_policy import CacheKeyFn, CachePolicy
    from peninsula.sdk.running.names import RunName
    from peninsula.sdk.running.runners import TaskRunner
    from peninsula.sdk.runs import TaskRun
    from peninsula.sdk.serializers import Serializer
    from peninsula.sdk.states import State
    from peninsula.sdk.tasks import Task

__all__ = ["Condition", "FlowOptions", "Hook", "Options", "TaskOptions", "check_options"]

Hook = Callable[..., Any]
"""Called with the flow or task, its run and the state; may be a coroutine function."""

Condition = Callable[["Task[..., Any]", "TaskRun", "State"], Any]
"""Told a failed run, says whether to retry it; may be a coroutine function."""


class Options(TypedDict, total=False):
    """What flows and tasks have in common. `peninsula.flow` and `peninsula.task` say what each is.

    An option that is not given is left to its default, and `None` is the default, too.
    """

    name: str | None
    description: str | None
    version: str | None
    retries: int | None
    timeout_seconds: float | None
    log_prints: bool | None
    persist_result: bool | None
    result_storage: Any
    result_serializer: Serializer | str | None
    cache_result_in_memory: bool
    on_completion: Sequence[Hook] | None
    on_failure: Sequence[Hook] | None
    on_running: Sequence[Hook] | None


class FlowOptions(Options, total=False):
    """The options of a flow."""

    flow_run_name: RunName | None
    retry_delay_seconds: float | None
    task_runner: TaskRunner | type[TaskRunner] | None
    validate_parameters: bool
    on_cancellation: Sequence[Hook] | None
    on_crashed: Sequence[Hook] | None


class TaskOptions(Options, total=False):
    """The options of a task."""

    tags: Iterable[str] | None
    task_run_name: RunName | None
    retry_delay_seconds: Delays | None
    retry_jitter_factor: float | None
    retry_condition_fn: Condition | None
    result_storage_key: str | None
    cache_policy: CachePolicy | None
    cache_key_fn: CacheKeyFn | None
    cache_expiration: timedelta | None
    refresh_cache: bool | None
    on_commit: Sequence[Hook] | None
    on_rollback: Sequence[Hook] | None


def check_options(decorator: str, given: Mapping[str, Any]) -> None:
    """Refuse options that the decorator has not.

    Raises ParameterError naming the nearest that it has, or the nearest that tasks have.
    """
    of_tasks = list(TaskOptions.__annotations__)
    names = of_tasks if decorator == "task" else list(FlowOptions.__annotations__)
    for name in given.keys() - set(names):
        from difflib import get_close_matches  # noqa: PLC0415  weight: for mistakes only

        near = get_close_matches(name, names, n=2)
        elsewhere = get_close_matches(name, of_tasks, n=1)
        if near:
            fix = f"Did you mean {' or '.join(near)}?"
        elif elsewhere:
            fix = f"Did you mean {elsewhere[0]}? It is an option of @task."
        else:
            fix = f"It has {', '.join(names)}."
        msg = f"@{decorator} has no option {name!r}. {fix}"
        raise ParameterError(msg)
