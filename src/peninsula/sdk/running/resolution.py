"""Put results in the place of the futures that the arguments of a run hold."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from peninsula.core.classes import class_of
from peninsula.core.errors import ParameterError, UpstreamError
from peninsula.sdk.arguments.annotations import Annotation, allow_failure, opaque
from peninsula.sdk.arguments.edges import PLAIN, are_plain, kind_of
from peninsula.sdk.arguments.nesting import ENTERED, fields_of, values_inside
from peninsula.sdk.running.futures import Future, FutureList, wait_all
from peninsula.sdk.running.inputs import futures_in, listed
from peninsula.sdk.states import State

__all__ = [
    "resolve",
    "resolve_futures_to_results",
    "resolve_futures_to_states",
    "resolve_top",
    "states_of",
]


def resolve(parameters: Mapping[str, Any], wait_for: Iterable[Any] | None = None) -> dict[str, Any]:
    """Return the parameters with the results of futures in their place, annotations taken off.

    The futures must be done. Raises UpstreamError naming a run that did not complete.
    """
    resolved = {}
    for name, value in parameters.items():
        resolved[name] = _rebuild(value, name, _result_of)
    if wait_for is not None:
        _rebuild(listed(wait_for), "wait_for", _result_of)
    return resolved


def resolve_top(value: Any) -> Any:
    """Return what a future or state stands for, and any other value as it is; one level only."""
    if isinstance(value, Future | State):
        return _result_of(value, failures_too=False)
    return value


def states_of(value: Any) -> Any:
    """Return what a flow returned with states in the place of futures. They must be done."""
    return _rebuild(value, "result", _state_of)


def resolve_futures_to_results(expr: Any) -> Any:
    """Wait for the futures inside a value, and return it with their results in their place.

    Raises UpstreamError naming a run that did not complete.
    """
    wait_all(futures_in(expr))
    return _rebuild(expr, "expr", _result_of_future)


def resolve_futures_to_states(expr: Any) -> Any:
    """Wait for the futures inside a value, and return it with their states in their place."""
    wait_all(futures_in(expr))
    return _rebuild(expr, "expr", _state_of)


def _result_of_future(value: Future[Any] | State, **_: bool) -> Any:
    return _result_of(value, failures_too=False) if isinstance(value, Future) else value


def _state_of(value: Future[Any] | State, **_: bool) -> State:
    return value.state if isinstance(value, Future) else value


def _result_of(value: Future[Any] | State, *, failures_too: bool) -> Any:
    state = value.state if isinstance(value, Future) else value
    if state.is_completed():
        return state.result()
    if failures_too and state.is_failed():
        return state.result(raise_on_failure=False)
    name = f'"{value.task_run.name}"' if isinstance(value, Future) else str(state.run or "given")
    reason = f": {state.message}" if state.message else ""
    msg = f"The upstream run {name} did not complete, it is {state.name}{reason}"
    raise UpstreamError(msg, run=str(state.run) if state.run else None)


def _rebuild(value: Any, name: str, replace: Callable[..., Any]) -> Any:
    try:
        return _Rebuilding(replace).visit(value, failures_too=False)
    except RecursionError:
        reason = "it is nested too deep"
    except TypeError as problem:
        reason = str(problem)  # such as a set of futures whose results no set can hold
    msg = f"The futures in parameter {name!r} cannot be replaced: {reason}. Wrap it in opaque()."
    raise ParameterError(msg)


class _Rebuilding:
    """Makes copies of what holds a future, and of nothing else: identity makes edges."""

    def __init__(self, replace: Callable[..., Any]) -> None:
        self._replace = replace
        self._done: dict[int, Any] = {}

    def visit(self, value: Any, *, failures_too: bool) -> Any:
        class_ = class_of(value)
        if class_ in PLAIN:
            return value
        if class_ is Future or class_ is State:
            return self._replace(value, failures_too=failures_too)
        if isinstance(value, opaque):
            return value.value
        if isinstance(value, Annotation):
            return self.visit(
                value.value, failures_too=failures_too or isinstance(value, allow_failure)
            )
        key = id(value)
        if key not in self._done:
            self._done[key] = value  # what refers to itself keeps referring to itself
            self._done[key] = self._visit_inside(value, class_, failures_too)
        return self._done[key]

    def _visit_inside(self, value: Any, class_: type, failures_too: bool) -> Any:  # noqa: FBT001  handed on
        if class_ is FutureList:
            return [self.visit(item, failures_too=failures_too) for item in value]
        if kind_of(class_) not in ENTERED:
            return value
        inner = values_inside(value, class_)
        if are_plain(inner):
            return value
        old = list(inner)
        new = [self.visit(item, failures_too=failures_too) for item in old]
        if all(before is after for before, after in zip(old, new, strict=True)):
            return value
        return _like(value, class_, new)


def _like(value: Any, class_: type, inner: list[Any]) -> Any:
    if class_ is dict:
        return dict(zip(value, inner, strict=True))
    if class_ in {list, tuple, set}:
        return class_(inner)
    changed = dict(zip(fields_of(value), inner, strict=True))
    if hasattr(value, "model_copy"):
        return value.model_copy(update=changed)
    copied = copy.copy(value)
    for name, item in changed.items():
        object.__setattr__(copied, name, item)  # frozen dataclasses, too
    return copied
