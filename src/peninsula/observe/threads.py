"""Have what a run starts in threads of its own seen as the run's."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from opentelemetry.context import Context, attach, detach
from wrapt import wrap_function_wrapper

from peninsula.observe.contexts import in_thread_of, run_here

__all__ = ["follow"]


@cache
def follow() -> None:
    """Carry the context of the run into threads that begin from now on; once in a process."""
    wrap_function_wrapper("concurrent.futures.thread", "ThreadPoolExecutor.submit", _submit)
    wrap_function_wrapper("threading", "Thread.start", _start)


def _submit(submit: Callable[..., Any], _: object, args: Any, kwargs: Any) -> Any:
    run = run_here(None)
    if run is None or not args:
        return submit(*args, **kwargs)
    function, *rest = args
    return submit(partial(_within, in_thread_of(run), function), *rest, **kwargs)


def _start(start: Callable[..., None], thread: Any, args: Any, kwargs: Any) -> None:
    run = run_here(None)
    if run is not None:
        thread.run = partial(_within, in_thread_of(run), thread.run)
    start(*args, **kwargs)


def _within(context: Context, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    token = attach(context)
    try:
        return function(*args, **kwargs)
    finally:
        detach(token)
