"""Run what was declared by calling it: what comes back, by what the function is."""

from __future__ import annotations

from collections.abc import Coroutine, Iterable
from typing import TYPE_CHECKING, Any, Generic, Literal, ParamSpec, TypeVar, overload

from peninsula.sdk.definitions import Definition

if TYPE_CHECKING:
    from peninsula.sdk.states import State

__all__ = ["MYPY", "Runnable"]

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)
T = TypeVar("T")

MYPY: bool = False
"""True to mypy alone, which takes any overload of `__get__` for one that fits: it does not look at
the first parameter of the function (mypy 2.4)."""


class Runnable(Definition, Generic[P, R_co]):
    """A definition whose calls are runs."""

    @overload
    def __call__(
        self: Runnable[..., Coroutine[Any, Any, T]],
        *args: Any,
        return_state: Literal[True],
        wait_for: Iterable[Any] | None = None,
        **kwargs: Any,
    ) -> Coroutine[Any, Any, State[T]]: ...
    @overload
    def __call__(
        self,
        *args: Any,
        return_state: Literal[True],
        wait_for: Iterable[Any] | None = None,
        **kwargs: Any,
    ) -> State[R_co]: ...
    @overload
    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co: ...
    @overload
    def __call__(self, *args: Any, wait_for: Iterable[Any] | None, **kwargs: Any) -> R_co: ...
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run it here and return its result; with `return_state=True`, its state.

        What was made of a coroutine function returns a coroutine; of a generator function, a
        generator whose run lasts while its values are taken. `wait_for` lists futures that must
        complete before. A flow that is called inside of another run is a subflow.
        """
        from peninsula.sdk.running import launch  # noqa: PLC0415  weight: the engine, at the first call

        return launch.run_now(self, args, kwargs)
