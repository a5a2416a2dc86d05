"""Know a plain value again: it is what a task returned, so who takes it depends on that task.

A value is known by identity, as long as it lives, and never by equality: a missing edge beats a
false one. Values that programs share by themselves (numbers, texts, None, enums, constant tuples,
compiled patterns, ...) are never known. docs: DESIGN 5, "Edges through plain values".
"""

from __future__ import annotations

import datetime as dt
import enum
import functools
import numbers
import pathlib
import re
import types
import uuid
from collections import OrderedDict
from collections.abc import Collection, Iterable
from dataclasses import is_dataclass
from enum import Enum
from threading import Lock
from typing import Any, Final
from uuid import UUID
from weakref import WeakKeyDictionary

from peninsula.core.classes import class_of, classes_of
from peninsula.sdk.beside import Beside

__all__ = ["Kind", "Results", "are_plain", "kind_of"]

HELD: Final = 1_000
"""Containers held so that they can be known again, the newest."""

HELD_ITEMS: Final = 100_000
"""Items of all held containers together; the newest is held whatever its size. Without this bound
a loop over large lists would keep the last thousand of them in memory."""

ELEMENTS: Final = 1_000
"""A container of more elements is known as a whole, its elements are not."""


class Kind(Enum):
    """How a value of some class is looked at."""

    ATOM = enum.auto()
    """Never known, never looked into."""
    CONTAINER = enum.auto()
    """An exact list, dict or set: held while it is known (unless it holds such objects as can be
    known without being held), looked into."""
    TUPLE = enum.auto()
    """An exact tuple: looked into and never known, as the compiler shares constant ones."""
    FIELDS = enum.auto()
    """A dataclass or pydantic model: known, looked into."""
    OTHER = enum.auto()
    """Any other object: known if its class allows weak references."""


_ATOMS: Final = (
    type(None),
    bool,
    numbers.Number,
    str,
    bytes,
    bytearray,
    memoryview,
    range,
    slice,
    frozenset,
    Enum,
    type,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    types.ModuleType,
    types.CodeType,
    types.EllipsisType,
    types.NotImplementedType,
    functools.partial,
    re.Pattern,
    dt.date,
    dt.time,
    dt.timedelta,
    dt.tzinfo,
    pathlib.PurePath,
    uuid.UUID,
)
_EXACT: Final[dict[type, Kind]] = {
    list: Kind.CONTAINER,
    dict: Kind.CONTAINER,
    set: Kind.CONTAINER,
    tuple: Kind.TUPLE,
}

# Classes decide alike for all their values. Weak keys: classes may be made and dropped at run time.
_KINDS: Final[WeakKeyDictionary[type, Kind]] = WeakKeyDictionary()

PLAIN: Final = frozenset({type(None), bool, int, float, complex, str, bytes})
"""The classes nearly all arguments have, decided by one look-up in a C set."""


def are_plain(values: Iterable[object]) -> bool:
    """Tell whether all of them are of those classes, at the speed of C."""
    try:
        return PLAIN.issuperset(map(type, values))
    except Exception:  # noqa: BLE001  one that has no hash is none of them
        return False


def kind_of(class_: type) -> Kind:
    """Return how values of a class are looked at."""
    kind = _KINDS.get(class_)
    if kind is None:
        kind = _KINDS[class_] = _decide(class_)
    return kind


def _decide(class_: type) -> Kind:
    exact = _EXACT.get(class_)
    if exact is not None:
        return exact
    try:
        if issubclass(class_, _ATOMS):
            return Kind.ATOM
        if is_dataclass(class_) or hasattr(class_, "__pydantic_fields__"):
            return Kind.FIELDS
    except Exception:  # noqa: BLE001  a metaclass of the user's may answer anything
        return Kind.ATOM
    return Kind.OTHER


class Results:
    """The values that the tasks of one tree of runs returned, and which run returned each last."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._weak: Beside[UUID] = Beside()
        self._held: OrderedDict[int, tuple[Any, UUID, int]] = OrderedDict()
        self._held_items = 0

    def find(self, value: object) -> UUID | None:
        """Return the run that returned this very object last."""
        if (weak := self._weak.get(value)) is not None:
            return weak
        held = self._held.get(id(value))
        # No other object can have the id of one that is held.
        return None if held is None else held[1]

    @property
    def any_known(self) -> bool:
        """Whether there are values to be found."""
        return bool(self._weak or self._held)

    def learn(self, known: Iterable[tuple[object, UUID]]) -> None:
        """Know these very values, as another process did from which they came."""
        for value, run in known:
            self._remember_one(value, kind_of(class_of(value)), run)

    def remember(self, value: object, run: UUID) -> None:
        """Know the value, and the elements of a container, as what this run returned."""
        class_ = class_of(value)
        if class_ in PLAIN:
            return
        kind = kind_of(class_)
        if kind in _WITH_ELEMENTS:
            self._remember_elements(_elements(value), run)
        self._remember_one(value, kind, run)

    def _remember_elements(self, elements: Collection[Any], run: UUID) -> None:
        if len(elements) > ELEMENTS:
            return
        for element in elements:
            class_ = class_of(element)
            if class_ not in PLAIN:
                self._remember_one(element, kind_of(class_), run)

    def _remember_one(self, value: Any, kind: Kind, run: UUID) -> None:
        if kind is Kind.CONTAINER:
            if _is_light(_elements(value)):
                self._hold(value, run)
        elif kind in _WEAK:
            self._weak.put(value, run)

    def _hold(self, value: Any, run: UUID) -> None:
        key = id(value)
        size = len(value)
        with self._lock:
            if key in self._held:
                self._drop(key)
            self._held[key] = (value, run, size)
            self._held_items += size
            while len(self._held) > 1 and (len(self._held) > HELD or self._held_items > HELD_ITEMS):
                self._drop(next(iter(self._held)))

    def _drop(self, key: int) -> None:
        self._held_items -= self._held.pop(key)[2]


_WITH_ELEMENTS: Final = frozenset({Kind.CONTAINER, Kind.TUPLE})
_WEAK: Final = frozenset({Kind.FIELDS, Kind.OTHER})


def _elements(value: Any) -> Collection[Any]:
    # A copy of few: another thread may change the container meanwhile.
    elements: Collection[Any] = value.values() if type(value) is dict else value
    return elements if len(elements) > ELEMENTS else tuple(elements)


def _is_light(elements: Collection[Any]) -> bool:
    """Tell whether holding them holds no object such as a data frame.

    A container of those is not held, for their size; whoever takes it takes them, and they are
    known by themselves.
    """
    kinds = _kinds(elements)
    if not kinds.isdisjoint(_WEAK):
        return False
    if kinds.isdisjoint(_WITH_ELEMENTS) or len(elements) > ELEMENTS:
        return True
    inner = (_elements(each) for each in elements if class_of(each) in _EXACT)
    return all(_kinds(each).isdisjoint(_WEAK) for each in inner)


def _kinds(elements: Collection[Any]) -> set[Kind]:
    return {kind_of(class_) for class_ in classes_of(elements) - PLAIN}
