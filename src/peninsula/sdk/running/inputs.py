"""Find what a run depends on in its arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from peninsula.core.classes import class_of
from peninsula.core.errors import ParameterError
from peninsula.core.runs import EdgeKind, Upstream
from peninsula.sdk.arguments.annotations import Annotation, allow_failure, opaque, unmapped
from peninsula.sdk.arguments.edges import PLAIN, Kind, Results, are_plain, kind_of
from peninsula.sdk.arguments.nesting import ENTERED, values_inside
from peninsula.sdk.running.futures import Future, FutureList, any_made
from peninsula.sdk.states import State

__all__ = ["NODES", "Inputs", "find_inputs", "futures_in", "known_in", "listed", "source_of"]

NODES: Final = 10_000
"""Values looked at for edges in the arguments of one run; futures are found beyond it too."""


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
        if class_of(value) in PLAIN:
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
                class_ = class_of(inner)
                if class_ not in PLAIN and (entered := self._look_at(inner, class_)) is not None:
                    stack.append(entered)
                    break
            else:
                stack.pop()
            if self._nodes > NODES and not any_made():
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
                self.known_value(value, run)
        if kind not in ENTERED or id(value) in self._seen:
            return None
        self._seen.add(id(value))
        inner = values_inside(value, class_)
        # Most containers hold plain values only, which this tells at the speed of C.
        # A copy, as another thread may change the container meanwhile.
        return None if are_plain(inner) else iter(tuple(inner))

    def known_value(self, value: Any, run: UUID) -> None:  # noqa: ARG002  others take it
        self._add(run)

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


def source_of(value: Any, results: Results) -> UUID | None:
    """Return the run that a value as a whole comes from."""
    if isinstance(value, Annotation):
        return source_of(value.value, results)
    if isinstance(value, Future):
        return value.task_run.id
    return value.run if isinstance(value, State) else results.find(value)


def futures_in(value: Any) -> tuple[Future[Any], ...]:
    """Return the futures inside a value."""
    if class_of(value) in PLAIN or not any_made():
        return ()
    search = _Search(Results())
    search.walk(value, None, EdgeKind.RESULT)
    return search.found().futures


class _KnownSearch(_Search):
    """Finds the values themselves, for those who send them away."""

    def __init__(self, results: Results) -> None:
        super().__init__(results)
        self.known: list[tuple[Any, UUID]] = []

    def known_value(self, value: Any, run: UUID) -> None:
        self.known.append((value, run))


def known_in(value: Any, results: Results) -> tuple[tuple[Any, UUID], ...]:
    """Return what is known inside of a value, each with the run that returned it."""
    search = _KnownSearch(results)
    search.walk(value, None, EdgeKind.RESULT)
    return tuple(search.known)
