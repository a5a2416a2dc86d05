"""Make each call of a function an event: of sync and async ones, of generators and contexts."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from contextlib import asynccontextmanager, contextmanager
from functools import wraps
from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import Any, TypeAlias

from peninsula.sdk.outside import here
from peninsula.sdk.outside.call import Call, Target
from peninsula.sdk.outside.closings import first
from peninsula.sdk.outside.contexts import generator_of_context
from peninsula.sdk.outside.returned import gave, returned

__all__ = ["Begin", "observed"]

Found: TypeAlias = tuple[Call, Callable[[], Target] | None]
"""A call, and what says what it goes to; None where it is begun."""

Begin: TypeAlias = Callable[[tuple[Any, ...], dict[str, Any]], Found | None]
"""Makes the call of a function from its arguments; None: this one is not observed."""


def observed(fn: Callable[..., Any], begin: Begin) -> Callable[..., Any]:
    """Return a function that does as `fn`, and tells of each call.

    It is of the same kind, so that `inspect` says the same of both.
    """
    if (inner := generator_of_context(fn)) is not None:
        again: Any = asynccontextmanager if isasyncgenfunction(inner) else contextmanager
        return wraps(fn)(again(observed(inner, lambda *given: _of_context(begin(*given)))))
    if iscoroutinefunction(fn):
        return _of_coroutine_function(fn, begin)
    if isgeneratorfunction(fn):
        return _of_generator_function(fn, begin)
    if isasyncgenfunction(fn):
        return _of_async_generator_function(fn, begin)
    return _of_function(fn, begin)


def _of_context(found: Found | None) -> Found | None:
    if found is not None:
        found[0].gives = False
    return found


def _begin(found: Found | None) -> Call:
    """Begin a call; of what is not observed, return one that never begins."""
    if found is None:
        return Call("", "")
    call, target = found
    try:
        if target is not None:
            call.begin(target)
    except BaseException as error:
        call.fail(error)
        raise
    return call


# --- functions and coroutines --------------------------------------------------------------------


def _of_function(fn: Callable[..., Any], begin: Begin) -> Callable[..., Any]:
    @wraps(fn)
    def call_observed(*args: Any, **kwargs: Any) -> Any:
        if (found := begin(args, kwargs)) is None:
            return fn(*args, **kwargs)
        call, target = found
        try:
            if target is not None:
                call.begin(target)
            result = fn(*args, **kwargs)
            if call.open:
                result = _ended(call, result)
        except BaseException as error:
            _fail(call, error)
            raise
        return result

    return call_observed


def _fail(call: Call, error: BaseException) -> None:
    """End a call by an exception; with arguments that do not fit, the function never began."""
    at = error.__traceback__
    if isinstance(error, TypeError) and at is not None and at.tb_next is None:
        call.drop()
    else:
        call.fail(error)


def _ended(call: Call, result: Any) -> Any:
    """End a call; with what only begins by being returned, the call ends when that does."""
    kind = type(result)  # it is compared by `is` alone: users' types may have an `==` of their own
    later: Any
    if kind is CoroutineType:
        later = _awaited(call, result)
    elif kind is GeneratorType:
        later = _drawn(call, result)
    elif kind is AsyncGeneratorType:
        later = _of_async_generator_function(lambda: result, lambda *_: (call, None))()
    else:
        returned(call, result)
        call.complete(result)
        return result
    call.wait_for(later)
    return later


async def _awaited(call: Call, coroutine: Coroutine[Any, Any, Any]) -> Any:
    try:
        call.enter()
        result = await coroutine
        returned(call, result)
        call.complete(result)
    except BaseException as error:
        call.fail(error)
        raise
    return result


def _of_coroutine_function(fn: Callable[..., Any], begin: Begin) -> Callable[..., Any]:
    @wraps(fn)
    async def await_observed(*args: Any, **kwargs: Any) -> Any:
        if (found := begin(args, kwargs)) is None:
            return await fn(*args, **kwargs)
        call = found[0]
        try:
            _begin(found)
            result = await fn(*args, **kwargs)
            returned(call, result)
            call.complete(result)
        except BaseException as error:
            _fail(call, error)
            raise
        return result

    return await_observed


# --- generators ----------------------------------------------------------------------------------


def _of_generator_function(fn: Callable[..., Any], begin: Begin) -> Callable[..., Any]:
    @wraps(fn)
    def draw_observed(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        if (found := begin(args, kwargs)) is None:
            return (yield from fn(*args, **kwargs))
        call = _begin(found)
        try:
            inner = fn(*args, **kwargs)
        except BaseException as error:
            _fail(call, error)
            raise
        return (yield from _drawn(call, inner))

    return draw_observed


def _drawn(call: Call, inner: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
    step = _Step(call)
    answer: Any = None
    thrown: BaseException | None = None
    try:
        while True:
            with step:
                value = inner.send(answer) if thrown is None else inner.throw(thrown)
            answer = thrown = None
            call.give()
            gave(call, value)
            try:
                answer = yield value
            except GeneratorExit:
                with step:
                    inner.close()
                call.complete()
                raise
            except BaseException as error:  # noqa: BLE001  the generator's to answer
                thrown = error
    except StopIteration as end:
        call.complete()
        return end.value
    except BaseException as error:
        _leave(call, error, thrown)
        raise


def _of_async_generator_function(fn: Callable[..., Any], begin: Begin) -> Callable[..., Any]:
    @wraps(fn)
    async def draw_observed(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        call = _begin(begin(args, kwargs))
        try:
            inner = fn(*args, **kwargs)
        except BaseException as error:
            _fail(call, error)
            raise
        step = _Step(call)
        coming = first(inner)
        thrown: BaseException | None = None
        try:
            while True:
                with step:
                    value = await coming
                thrown = None
                call.give()
                gave(call, value)
                try:
                    coming = inner.asend((yield value))
                except GeneratorExit:
                    with step:
                        await inner.aclose()
                    call.complete()
                    raise
                except BaseException as error:  # noqa: BLE001  the generator's to answer
                    thrown = error
                    coming = inner.athrow(error)
        except StopAsyncIteration:
            call.complete()
        except BaseException as error:
            _leave(call, error, thrown)
            raise

    return draw_observed


def _leave(call: Call, error: BaseException, thrown: BaseException | None) -> None:
    """End a call by an exception; one that its consumer threw in is no failure of the call.

    Nor is it that what it does then is cut off, as a loop that ends does.
    """
    if thrown is not None and (error is thrown or isinstance(error, GeneratorExit)):
        call.end_left(thrown)
    else:
        call.fail(error)


class _Step:
    """The times in which a generator works. Between them it is not the innermost call."""

    __slots__ = ("_around", "_began", "_call")

    def __init__(self, call: Call) -> None:
        call.leave()
        self._call = call
        self._around: Call | None = None
        self._began = 0.0

    def __enter__(self) -> None:
        self._began = time.perf_counter()
        self._around = here.call_here()
        self._call.enter()
        self._call.rest(idle=False)

    def __exit__(self, *_: object) -> None:
        call = self._call
        call.busy = (call.busy or 0.0) + time.perf_counter() - self._began
        if call.open:
            call.rest(idle=True)
            here.enter(self._around)
