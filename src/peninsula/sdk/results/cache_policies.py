"""Say which calls of a task are the same, so that one result does for all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import FunctionType
from typing import Any, Final
from weakref import WeakKeyDictionary

from peninsula.core.errors import InvalidError
from peninsula.sdk.results.cache_policy import NO_CACHE, CachePolicy, TaskRunContext
from peninsula.sdk.results.digests import digest, digest_of_code

__all__ = [
    "DEFAULT",
    "FLOW_PARAMETERS",
    "INPUTS",
    "NONE",
    "RUN_ID",
    "TASK_SOURCE",
    "FlowParameters",
    "Inputs",
    "RunId",
    "TaskSource",
    "task_input_hash",
]


@dataclass(frozen=True, kw_only=True)
class Inputs(CachePolicy):
    """Calls with equal arguments. Raises InvalidError for one without stable content."""

    exclude: frozenset[str] = field(default_factory=frozenset)

    def compute_key(
        self,
        task_ctx: TaskRunContext,
        inputs: dict[str, Any],
        flow_parameters: dict[str, Any],
        **more: Any,
    ) -> str | None:
        """Return the digest of the arguments."""
        found = {}
        for name, value in inputs.items():
            if name not in self.exclude:
                try:
                    found[name] = digest(value)
                except InvalidError as problem:
                    msg = (
                        f"The parameter {name!r} cannot be part of a cache key. {problem.message}"
                        f' Leave it out, cache_policy=INPUTS - "{name}", or give a cache_key_fn.'
                    )
                    raise InvalidError(msg) from None
        return digest(found) if found else None

    def __sub__(self, other: object) -> CachePolicy:
        """Return the policy that does not look at the input of that name."""
        super().__sub__(other)
        return replace(self, exclude=self.exclude | {str(other)})


@dataclass(frozen=True, kw_only=True)
class TaskSource(CachePolicy):
    """Calls of the same code."""

    def compute_key(
        self,
        task_ctx: TaskRunContext,
        inputs: dict[str, Any],
        flow_parameters: dict[str, Any],
        **more: Any,
    ) -> str | None:
        """Return the digest of the function's source, of its bytecode where there is no file."""
        fn = task_ctx.task.fn
        function = getattr(fn, "__func__", fn)  # one for all objects of a class
        if not isinstance(function, FunctionType):
            return _source_key(function)
        if function not in _SOURCE_KEYS:
            _SOURCE_KEYS[function] = _source_key(function)
        return _SOURCE_KEYS[function]


_SOURCE_KEYS: Final[WeakKeyDictionary[FunctionType, str | None]] = WeakKeyDictionary()
"""Reading source takes long; functions that are made at run time go with their tasks."""


def _source_key(fn: Callable[..., Any]) -> str | None:
    import inspect  # noqa: PLC0415  weight

    inner = inspect.unwrap(fn)
    try:
        return digest(inspect.getsource(inner))
    except (OSError, TypeError):
        code = getattr(inner, "__code__", None)
        return None if code is None else digest_of_code(code)


@dataclass(frozen=True, kw_only=True)
class FlowParameters(CachePolicy):
    """Calls in flow runs with equal parameters."""

    def compute_key(
        self,
        task_ctx: TaskRunContext,
        inputs: dict[str, Any],
        flow_parameters: dict[str, Any],
        **more: Any,
    ) -> str | None:
        """Return the digest of the flow run's parameters."""
        return digest(flow_parameters) if flow_parameters else None


@dataclass(frozen=True, kw_only=True)
class RunId(CachePolicy):
    """Calls in one flow run; outside of one, of one task run: retries find their result."""

    def compute_key(
        self,
        task_ctx: TaskRunContext,
        inputs: dict[str, Any],
        flow_parameters: dict[str, Any],
        **more: Any,
    ) -> str | None:
        """Return the id of the flow run, else of the task run."""
        run = task_ctx.task_run
        return str((run.flow_run or run).id)


INPUTS: Final = Inputs()
"""Calls with equal arguments; `INPUTS - "verbose"` does not look at that one."""
TASK_SOURCE: Final = TaskSource()
"""Calls of the same code of the task."""
FLOW_PARAMETERS: Final = FlowParameters()
"""Calls in flow runs with equal parameters."""
RUN_ID: Final = RunId()
"""Calls in one flow run."""
NONE: Final = NO_CACHE
"""Another name of `NO_CACHE`."""
DEFAULT: Final = INPUTS + TASK_SOURCE + RUN_ID
"""`INPUTS + TASK_SOURCE + RUN_ID`: in one flow run, equal calls of a task that is kept run once."""


def task_input_hash(context: TaskRunContext, arguments: dict[str, Any]) -> str | None:
    """Return the key of `INPUTS + TASK_SOURCE`: a `cache_key_fn`."""
    return (INPUTS + TASK_SOURCE).compute_key(context, arguments, {})
