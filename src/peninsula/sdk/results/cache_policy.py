"""Have a policy say which calls of a task are the same, by the key it makes of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

from peninsula.core.errors import InvalidError
from peninsula.sdk.results.digests import digest

if TYPE_CHECKING:
    from pathlib import Path

    from peninsula.sdk.results.locks import LockManager
    from peninsula.sdk.results.transaction_modes import IsolationLevel
    from peninsula.sdk.runs import Run
    from peninsula.sdk.tasks import Task

__all__ = [
    "NO_CACHE",
    "CacheKeyFn",
    "CacheKeyFnPolicy",
    "CachePolicy",
    "CompoundCachePolicy",
    "TaskRunContext",
]


@dataclass(frozen=True, kw_only=True)
class TaskRunContext:
    """What a policy or a `cache_key_fn` is told of the call."""

    task: Task[..., Any]
    """The task that is called."""
    task_run: Run
    """Its run, with `id`, `name` and `flow_run`."""
    parameters: Mapping[str, Any]
    """The parameters of the call, with results in the place of futures; of a method, also its
    object, as `self`."""


CacheKeyFn = Callable[[TaskRunContext, dict[str, Any]], str | None]
"""Given the context and the parameters, returns the key; None is: do not cache this call."""


@dataclass(frozen=True, kw_only=True)
class CachePolicy:
    """What makes calls the same. Policies are added with `+`; `- "name"` leaves an input out."""

    is_none: ClassVar[bool] = False

    key_storage: str | Path | None = None
    """Where results of this policy are kept, instead of the task's `result_storage`."""
    isolation_level: IsolationLevel | str | None = None
    lock_manager: LockManager | None = None

    def __post_init__(self) -> None:
        """Take the name of an isolation level for it. Raises InvalidError for what is none."""
        if self.isolation_level is not None:
            from peninsula.sdk.results.transaction_modes import IsolationLevel, member  # noqa: PLC0415  weight

            level = member(IsolationLevel, self.isolation_level)
            object.__setattr__(self, "isolation_level", level)  # it is frozen

    def compute_key(
        self,
        task_ctx: TaskRunContext,
        inputs: dict[str, Any],
        flow_parameters: dict[str, Any],
        **more: Any,
    ) -> str | None:
        """Return the key of a call, None if it is not to be cached."""
        raise NotImplementedError

    @staticmethod
    def from_cache_key_fn(cache_key_fn: CacheKeyFn) -> CacheKeyFnPolicy:
        """Return the policy that asks this function for the key."""
        return CacheKeyFnPolicy(cache_key_fn=cache_key_fn)

    def configure(
        self,
        key_storage: str | Path | None = None,
        lock_manager: LockManager | None = None,
        isolation_level: IsolationLevel | str | None = None,
    ) -> CachePolicy:
        """Return the policy with its results elsewhere, or with locks around what it caches.

        Raises InvalidError for an isolation level that is none.
        """
        return replace(
            self,
            key_storage=self.key_storage if key_storage is None else key_storage,
            lock_manager=self.lock_manager if lock_manager is None else lock_manager,
            isolation_level=self.isolation_level if isolation_level is None else isolation_level,
        )

    def __add__(self, other: object) -> CachePolicy:
        """Return the policy by which calls are the same that are so by both."""
        if not isinstance(other, CachePolicy):
            return NotImplemented
        parts = tuple(p for p in (*_parts(self), *_parts(other)) if not p.is_none)
        if not parts:
            return NO_CACHE
        return CompoundCachePolicy(
            policies=parts,
            key_storage=_one("key_storage", self.key_storage, other.key_storage),
            isolation_level=_one("isolation_level", self.isolation_level, other.isolation_level),
            lock_manager=_one("lock_manager", self.lock_manager, other.lock_manager),
        )

    def __sub__(self, other: object) -> CachePolicy:
        """Return the policy that does not look at the input of that name."""
        if not isinstance(other, str):
            msg = f"A cache policy minus {other!r}: give the name of an input, INPUTS - 'debug'."
            raise InvalidError(msg)
        return self


def _parts(policy: CachePolicy) -> tuple[CachePolicy, ...]:
    return policy.policies if isinstance(policy, CompoundCachePolicy) else (policy,)


def _one(name: str, here: Any, there: Any) -> Any:
    if here is not None and there is not None and here != there:
        msg = f"The cache policies have a {name} each, {here!r} and {there!r}. Configure the sum."
        raise InvalidError(msg)
    return there if here is None else here


@dataclass(frozen=True, kw_only=True)
class CacheKeyFnPolicy(CachePolicy):
    """Calls with the same key, by the user's function."""

    cache_key_fn: CacheKeyFn | None = None

    def compute_key(
        self,
        task_ctx: TaskRunContext,
        inputs: dict[str, Any],
        flow_parameters: dict[str, Any],
        **more: Any,
    ) -> str | None:
        """Return what the function returns. Raises InvalidError if it is no text."""
        key: Any = None if self.cache_key_fn is None else self.cache_key_fn(task_ctx, inputs)
        if key is not None and not isinstance(key, str):
            msg = f"The cache_key_fn returned {type(key).__name__}. Return a str, or None."
            raise InvalidError(msg)
        return None if key is None else str(key)


@dataclass(frozen=True, kw_only=True)
class CompoundCachePolicy(CachePolicy):
    """Calls that are the same by each of several policies."""

    policies: tuple[CachePolicy, ...] = ()

    def compute_key(
        self,
        task_ctx: TaskRunContext,
        inputs: dict[str, Any],
        flow_parameters: dict[str, Any],
        **more: Any,
    ) -> str | None:
        """Return the digest of all keys, None if no policy has one."""
        keys = [p.compute_key(task_ctx, inputs, flow_parameters, **more) for p in self.policies]
        said = [key for key in keys if key is not None]
        return digest(said) if said else None

    def __sub__(self, other: object) -> CachePolicy:
        """Return the sum in which no policy looks at the input of that name."""
        return replace(self, policies=tuple(policy - other for policy in self.policies))


@dataclass(frozen=True, kw_only=True)
class _NoCache(CachePolicy):
    """No two calls are the same."""

    is_none: ClassVar[bool] = True

    def compute_key(
        self,
        task_ctx: TaskRunContext,
        inputs: dict[str, Any],
        flow_parameters: dict[str, Any],
        **more: Any,
    ) -> str | None:
        """Return None."""
        return None


NO_CACHE: Final = _NoCache()
"""No two calls: a result is kept where it is to be kept, and never found by another call."""
