"""Run tasks: here, submitted, mapped, or handed to task workers."""

from __future__ import annotations

from collections.abc import (
    AsyncIterator,
    Coroutine,
    Generator,
    Iterable,
    Mapping,
)
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    ParamSpec,
    TypeVar,
    overload,
)

from peninsula.sdk.runnable import Runnable

if TYPE_CHECKING:
    from peninsula.sdk.running.futures import Future, FutureList
    from peninsula.sdk.states import State


__all__ = ["RunnableTask"]

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)
T = TypeVar("T")

Yielding = Generator[T, Any, Any] | AsyncIterator[T]
"""What generator functions are declared to return. An `Iterator` may be a file as well."""


class RunnableTask(Runnable[P, R_co]):
    """The ways to have a task run."""

    kind = "task"

    @overload
    def submit(  # type: ignore[overload-overlap]  # no parameter is called return_state
        self: RunnableTask[..., Coroutine[Any, Any, T]],
        *args: Any,
        return_state: Literal[True],
        wait_for: Iterable[Any] | None = None,
        **kwargs: Any,
    ) -> State[T]: ...
    @overload
    def submit(  # type: ignore[overload-overlap]  # as above
        self: RunnableTask[..., Yielding[T]],
        *args: Any,
        return_state: Literal[True],
        wait_for: Iterable[Any] | None = None,
        **kwargs: Any,
    ) -> State[list[T]]: ...
    @overload
    def submit(  # type: ignore[overload-overlap]  # as above
        self,
        *args: Any,
        return_state: Literal[True],
        wait_for: Iterable[Any] | None = None,
        **kwargs: Any,
    ) -> State[R_co]: ...
    @overload
    def submit(
        self: RunnableTask[P, Coroutine[Any, Any, T]], *args: P.args, **kwargs: P.kwargs
    ) -> Future[T]: ...
    @overload
    def submit(
        self: RunnableTask[P, Yielding[T]], *args: P.args, **kwargs: P.kwargs
    ) -> Future[list[T]]: ...
    @overload
    def submit(self, *args: P.args, **kwargs: P.kwargs) -> Future[R_co]: ...
    @overload
    def submit(
        self: RunnableTask[..., Coroutine[Any, Any, T]],
        *args: Any,
        wait_for: Iterable[Any] | None = None,
        **kwargs: Any,
    ) -> Future[T]: ...
    @overload
    def submit(
        self: RunnableTask[..., Yielding[T]],
        *args: Any,
        wait_for: Iterable[Any] | None = None,
        **kwargs: Any,
    ) -> Future[list[T]]: ...
    @overload
    def submit(
        self, *args: Any, wait_for: Iterable[Any] | None = None, **kwargs: Any
    ) -> Future[R_co]: ...
    def submit(self, *args: Any, **kwargs: Any) -> Any:
        """Have the flow's task runner run the task, and return a future at once.

        Futures among the arguments are waited for. The result of a generator is the list of its
        values. With `return_state=True`, wait for the run and
        return its state. Raises InvalidError outside of a flow run.
        """
        from peninsula.sdk.running import launch  # noqa: PLC0415  weight: the engine, at the first call

        return launch.submit_task(self, args, kwargs)

    @overload
    def map(
        self: RunnableTask[..., Coroutine[Any, Any, T]],
        *args: Any,
        return_state: Literal[True],
        wait_for: Iterable[Any] | None = None,
        **kwargs: Any,
    ) -> list[State[T]]: ...
    @overload
    def map(
        self: RunnableTask[..., Yielding[T]],
        *args: Any,
        return_state: Literal[True],
        wait_for: Iterable[Any] | None = None,
        **kwargs: Any,
    ) -> list[State[list[T]]]: ...
    @overload
    def map(
        self,
        *args: Any,
        return_state: Literal[True],
        wait_for: Iterable[Any] | None = None,
        **kwargs: Any,
    ) -> list[State[R_co]]: ...
    @overload
    def map(
        self: RunnableTask[..., Coroutine[Any, Any, T]],
        *args: Any,
        wait_for: Iterable[Any] | None = None,
        **kwargs: Any,
    ) -> FutureList[T]: ...
    @overload
    def map(
        self: RunnableTask[..., Yielding[T]],
        *args: Any,
        wait_for: Iterable[Any] | None = None,
        **kwargs: Any,
    ) -> FutureList[list[T]]: ...
    @overload
    def map(
        self, *args: Any, wait_for: Iterable[Any] | None = None, **kwargs: Any
    ) -> FutureList[R_co]: ...
    def map(self, *args: Any, **kwargs: Any) -> Any:
        """Submit the task once for each item of the arguments that can be iterated.

        All of these have the same length; texts, bytes, defaults and what is `unmapped` go to each
        run as they are. With `return_state=True`, wait for the runs and return their states.
        """
        from peninsula.sdk.running import mapping  # noqa: PLC0415  weight: the engine, at the first call

        return mapping.map_task(self, args, kwargs)

    @overload
    def delay(
        self: RunnableTask[P, Coroutine[Any, Any, T]], *args: P.args, **kwargs: P.kwargs
    ) -> Future[T]: ...
    @overload
    def delay(
        self: RunnableTask[P, Yielding[T]], *args: P.args, **kwargs: P.kwargs
    ) -> Future[list[T]]: ...
    @overload
    def delay(self, *args: P.args, **kwargs: P.kwargs) -> Future[R_co]: ...
    def delay(self, *args: Any, **kwargs: Any) -> Any:
        """Have a task worker run the task in the background; return a future at once.

        Works without a flow run and without a server: the run waits until there is a worker,
        `serve`. Futures among the arguments are waited for before. Its result is kept, unless the
        task says `persist_result=False`. Raises SerializationError for what cannot be sent.
        """
        return self.apply_async(args, kwargs)

    def apply_async(
        self,
        args: Iterable[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        wait_for: Iterable[Any] | None = None,
    ) -> Future[Any]:
        """Do what `delay` does, after the futures in `wait_for`."""
        from peninsula.sdk.background import delay  # noqa: PLC0415  weight: few programs have such tasks

        return delay.defer(self, tuple(args), dict(kwargs or {}), wait_for)
