"""Tell failures that come after the end of a span: of the rest of an answer, of rows, of a commit.

A span ends with the head of an answer, and with a statement, and a call of a block with what it
returns. What its caller then reads or commits goes to the same system; it is told as a call of its
own where it fails, and only there.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import wraps
from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction
from time import perf_counter_ns
from types import FunctionType, TracebackType
from typing import Any, Final, NamedTuple, TypeAlias
from weakref import ref

from peninsula.client import own
from peninsula.core.places import Place
from peninsula.sdk.outside.call import Call, Target
from peninsula.sdk.outside.closings import first
from peninsula.sdk.outside.contexts import generator_of_context
from peninsula.sdk.outside.here import call_of
from peninsula.sdk.outside.systems import resource_of
from peninsula.sdk.outside.threads import run_here
from peninsula.sdk.runs import Run
from peninsula.sdk.telling.causes import ANSWER, ANSWERED, Answered, has_left_call, pass_on

__all__ = ["Use", "answered", "fail", "follow", "lead_back", "of_answer", "of_place", "one_of"]

_log = logging.getLogger("peninsula.calls")


class Use(NamedTuple):
    """What is used after a call, and how."""

    type: str
    method: str
    target: Target
    path: str | None = None
    run: Run | None = None
    """The one that it belongs to where none is at work."""


Find: TypeAlias = Callable[[Any], Use | None]
"""Says what an object uses; None where no call came before."""

IsFault: TypeAlias = Callable[[BaseException], bool]
"""Tells an error of the other side from a mistake in the use of the library."""


def one_of(*errors: type[Exception]) -> IsFault:
    """Tell errors of these types."""
    return lambda error: isinstance(error, errors)


def answered(answer: object, call: Call) -> None:
    """Remember which call this is the answer of: of calls in calls, the innermost."""
    before = ANSWERED.get(answer)
    if call.open and (before is None or before.call.id <= call.id):
        ANSWERED.put(answer, Answered(call, None if call.run is None else ref(call.run)))


def of_answer(answer: Any) -> Use | None:
    """Return what is used by reading this answer."""
    found = ANSWERED.get(answer)
    if found is None and isinstance(beside := getattr(answer, "extensions", None), dict):
        found = ANSWERED.get(beside.get(ANSWER))
    if found is None:
        return None
    call = found.call
    about, system = call.begun.about.id, call.target.about.id
    path = None if about == system else about
    run = None if found.run is None else found.run()
    return Use(call.type, "read", call.target, path, run)


def of_place(place: Place | None, run: Run | None) -> Use | None:
    """Return what is used there."""
    if place is None:
        return None
    return Use(place.library, place.method, Target(resource_of(place.system)), place.path, run)


def follow(owner: type, names: str, is_fault: IsFault, find: Find) -> None:
    """Have faults told that come out of these methods, of which a version may lack some."""
    for name in names.split():
        method = vars(owner).get(name)
        if isinstance(method, FunctionType) and not hasattr(method, _DONE):
            followed = _followed(method, lambda used: _Watch(used, is_fault, find))
            setattr(followed, _DONE, True)
            setattr(owner, name, followed)


_DONE: Final = "__peninsula_followed__"


def lead_back(owner: type, name: str) -> None:
    """Have what this method of an answer raises lead back to its call, as the answer does."""
    method = vars(owner).get(name)
    if not isinstance(method, FunctionType) or hasattr(method, _DONE):
        return

    @wraps(method)
    def led(answer: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(answer, *args, **kwargs)
        except Exception as error:
            pass_on(answer, error)
            raise

    setattr(led, _DONE, True)
    setattr(owner, name, led)


def fail(find: Callable[[], Use | None], error: BaseException, nanoseconds: int = 0) -> None:
    """Tell that a use failed after so long, unless a call has told it, or is to."""
    try:
        if own.is_traffic() or has_left_call(error) or (use := find()) is None:
            return
        run = run_here() or use.run
        if run is not None and not run.over and call_of(run) is None:
            _tell(use, run, error, nanoseconds)
    except Exception:  # noqa: BLE001  this is in the midst of code of the library
        _log.debug("A failure is not told", exc_info=True)


def _tell(use: Use, run: Run, error: BaseException, nanoseconds: int) -> None:
    call = Call(use.type, use.method)
    call.begin(lambda: use.target, run)
    if use.path is not None:
        call.touch(use.path)
    call.has_taken(nanoseconds)
    call.fail(error)


class _Watch:
    """Looks on while something is used, and tells if that fails."""

    __slots__ = ("_find", "_is_fault", "_since", "_used")

    def __init__(self, used: object, is_fault: IsFault, find: Find) -> None:
        self._used, self._is_fault, self._find = used, is_fault, find
        self._since = perf_counter_ns()

    def __enter__(self) -> None:
        """It began when this was made."""

    def __exit__(self, _: object, error: BaseException | None, __: TracebackType | None) -> None:
        if error is not None:
            self.hear(error, self._since)

    def hear(self, error: BaseException, since: int) -> None:
        """Tell what came out of what began then, if it is a fault."""
        if self._is_fault(error):
            fail(lambda: self._find(self._used), error, perf_counter_ns() - since)


def _followed(fn: Callable[..., Any], watch: Callable[[Any], _Watch]) -> Callable[..., Any]:
    """Return a function of the same kind that is watched."""
    if (inner := generator_of_context(fn)) is not None:
        return _followed_context(fn, watch, later=isasyncgenfunction(inner))

    @wraps(fn)
    async def awaited(used: Any, *args: Any, **kwargs: Any) -> Any:
        with watch(used):
            return await fn(used, *args, **kwargs)

    @wraps(fn)
    def drawn(used: Any, *args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        with watch(used):
            return (yield from fn(used, *args, **kwargs))

    @wraps(fn)
    async def drawn_later(used: Any, *args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        with watch(used), suppress(StopAsyncIteration):
            inner = fn(used, *args, **kwargs)
            coming = first(inner)
            while True:
                value = await coming
                try:
                    coming = inner.asend((yield value))
                except BaseException as error:  # noqa: BLE001  the generator's to answer
                    coming = inner.athrow(error)

    @wraps(fn)
    def called(used: Any, *args: Any, **kwargs: Any) -> Any:
        since = perf_counter_ns()
        try:  # `with` would cost three times as much, and rows come one by one
            return fn(used, *args, **kwargs)
        except Exception as error:
            watch(used).hear(error, since)
            raise

    kinds = (
        (iscoroutinefunction, awaited),
        (isgeneratorfunction, drawn),
        (isasyncgenfunction, drawn_later),
    )
    return next((followed for is_kind, followed in kinds if is_kind(fn)), called)


def _followed_context(
    fn: Callable[..., Any], watch: Callable[[Any], _Watch], *, later: bool
) -> Callable[..., Any]:
    @wraps(fn)
    @contextmanager
    def within(used: Any, *args: Any, **kwargs: Any) -> Iterator[Any]:
        with watch(used), fn(used, *args, **kwargs) as value:
            yield value

    @wraps(fn)
    @asynccontextmanager
    async def within_later(used: Any, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        with watch(used):
            async with fn(used, *args, **kwargs) as value:
                yield value

    return within_later if later else within
