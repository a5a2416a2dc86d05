"""Find what a run depends on in its arguments, and put results in the place of futures."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from peninsula.core.errors import ParameterError, UpstreamError
from peninsula.core.runs import EdgeKind, Upstream
from peninsula.sdk.arguments.annotations import Annotation, allow_failure, opaque, unmapped
from peninsula.sdk.arguments.edges import PLAIN, Kind, Results, kind_of
from peninsula.sdk.running.futures import Future, FutureList
from peninsula.sdk.states import State

__all__ = [
    "NODES",
    "Inputs",
    "find_inputs",
    "futures_in",
    "resolve",
    "resolve_top",
    "source_of",
    "states_of",
]

NODES: Final = 10_000
"""Values looked at for edges in the arguments of one run; futures are found beyond it too."""

_ENTERED: Final = frozenset({Kind.CONTAINER, Kind.TUPLE, Kind.FIELDS})


class Inputs(Struct, frozen=True):
    """What the arguments of one run hold."""

    upstream: tuple[Upstream, ...] = ()
    futures: tuple[Future[Any], ...] = ()
    """To be waited for, those of `wait_for` included."""
    wrapped: bool = False
    """Something in them is to be replaced: a future, a state or an annotation."""
    cut_short: bool = False
    """Edges were looked for in the first `NODES` values only."""


NO_INPUTS: Final = Inputs()


def find_inputs(
    parameters: Mapping[str, Any], wait_for: Iterable[Any] | None, results: Results
) -> Inputs:
    """Return what the parameters and `wait_for` hold, in the order it stands there."""
    search = None
    for name, value in parameters.items():
        if type(value) in PLAIN:
            continue
        if search is None:
            search = _Search(results)
        search.walk(value, name, EdgeKind.RESULT)
    if wait_for is not None:
        search = search or _Search(results)
        search.walk(listed(wait_for), None, EdgeKind.WAIT)
    return NO_INPUTS if search is None else search.found()


def listed(wait_for: Any) -> list[Any]:
    """Return `wait_for` as a list: one future is what is meant by a list of it."""
    if isinstance(wait_for, Future | State | Annotation):
        return [wait_for]
    try:
        return list(wait_for)
    except TypeError:
        msg = f"`wait_for` has {wait_for!r}, which is no list. Give a list of futures."
        raise ParameterError(msg) from None


class _Search:
    """One walk over arguments. It has a stack of its own: users' data nests deeper than Python."""

    def __init__(self, results: Results) -> None:
        self._results = results
        self._upstream: dict[tuple[UUID, str | None], Upstream] = {}
        self._futures: dict[int, Future[Any]] = {}
        self._wrapped = False
        self._nodes = 0
        self._seen: set[int] = set()
        self._parameter: str | None = None
        self._edge = EdgeKind.RESULT

    def found(self) -> Inputs:
        return Inputs(
            tuple(self._upstream.values()),
            tuple(self._futures.values()),
            self._wrapped,
            self._nodes > NODES,
        )

    def walk(self, value: Any, parameter: str | None, edge: EdgeKind) -> None:
        self._parameter = parameter
        self._edge = edge
        stack = [iter((value,))]
        while stack:
            for inner in stack[-1]:
                self._nodes += 1
                class_ = type(inner)
                if class_ not in PLAIN and (entered := self._look_at(inner, class_)) is not None:
                    stack.append(entered)
                    break
            else:
                stack.pop()
            if self._nodes > NODES and not Future.any_made:
                return

    def _look_at(self, value: Any, class_: type) -> Iterator[Any] | None:
        special = _SPECIAL.get(class_)
        if special is not None:
            self._wrapped = True
            return special(self, value)
        kind = kind_of(class_)
        if kind is Kind.ATOM:
            return None
        if self._nodes <= NODES:
            run = self._results.find(value)
            if run is not None:
                self._add(run)
        if kind not in _ENTERED or id(value) in self._seen:
            return None
        self._seen.add(id(value))
        inner = _inside(value, class_)
        # Most containers hold plain values only, which this tells at the speed of C.
        # A copy, as another thread may change the container meanwhile.
        return None if PLAIN.issuperset(map(type, inner)) else iter(tuple(inner))

    def _add(self, run: UUID) -> None:
        key = (run, self._parameter)
        if key not in self._upstream:
            self._upstream[key] = Upstream(run=run, parameter=self._parameter, kind=self._edge)

    def future(self, value: Future[Any]) -> None:
        self._futures[id(value)] = value
        self._add(value.task_run.id)

    def state(self, value: State) -> None:
        if value.run is not None:
            self._add(value.run)

    def annotation(self, value: Annotation[Any]) -> Iterator[Any]:
        return iter((value.value,))

    def nothing(self, _: Any) -> None:
        return None


_SPECIAL: Final[dict[type, Callable[[_Search, Any], Iterator[Any] | None]]] = {
    Future: _Search.future,
    FutureList: lambda _, value: iter(value),
    State: _Search.state,
    unmapped: _Search.annotation,
    allow_failure: _Search.annotation,
    opaque: _Search.nothing,
}


def _inside(value: Any, class_: type) -> Iterable[Any]:
    if class_ is dict:
        return value.values()  # type: ignore[no-any-return]
    if class_ in {list, tuple, set}:
        return value  # type: ignore[no-any-return]
    return list(_fields(value).values())


def _fields(value: Any) -> dict[str, Any]:
    # Neither dataclasses.fields nor model_fields: a field may be unset, and slots have no dict.
    names = getattr(type(value), "__dataclass_fields__", None)
    if names is None:
        return dict(vars(value))
    found = {}
    for name in names:
        with suppress(Exception):  # a descriptor of the user's may raise anything
            found[name] = getattr(value, name)
    return found


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


def source_of(value: Any, results: Results) -> UUID | None:
    """Return the run that a value as a whole comes from."""
    if isinstance(value, Annotation):
        return source_of(value.value, results)
    if isinstance(value, Future):
        return value.task_run.id
    return value.run if isinstance(value, State) else results.find(value)


def states_of(value: Any) -> Any:
    """Return what a flow returned with states in the place of futures. They must be done."""
    return _rebuild(value, "result", _state_of)


def futures_in(value: Any) -> tuple[Future[Any], ...]:
    """Return the futures inside a value."""
    if type(value) in PLAIN or not Future.any_made:
        return ()
    search = _Search(Results())
    search.walk(value, None, EdgeKind.RESULT)
    return search.found().futures


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
        class_ = type(value)
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
        if kind_of(class_) not in _ENTERED:
            return value
        inner = _inside(value, class_)
        if PLAIN.issuperset(map(type, inner)):
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
    changed = dict(zip(_fields(value), inner, strict=True))
    if hasattr(value, "model_copy"):
        return value.model_copy(update=changed)
    copied = copy.copy(value)
    for name, item in changed.items():
        object.__setattr__(copied, name, item)  # frozen dataclasses, too
    return copied
