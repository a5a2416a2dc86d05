"""Know values by objects, for as long as these are there, with nothing written on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import ref

__all__ = ["Beside"]

T = TypeVar("T")


class Beside(Generic[T]):
    """Values by the very objects, which need no hash; those without weak references have none.

    It holds its values: one that leads to its object would keep that for ever.
    """

    __slots__ = ("_found",)

    def __init__(self) -> None:
        self._found: dict[int, tuple[ref[object], T]] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    def put(self, of: object, value: T) -> None:
        """Have a value of this object, in the place of another one."""
        key = id(of)
        try:
            reference = ref(of, self._forget(key))
        except TypeError:
            return
        self._found[key] = reference, value

    def get(self, of: object) -> T | None:
        """Return the value of this very object."""
        found = self._found.get(id(of))
        return found[1] if found is not None and found[0]() is of else None

    def _forget(self, key: int) -> Callable[[ref[object]], None]:
        known = self._found

        def forget(reference: ref[object]) -> None:
            # By now the id may be that of a newer object.
            found = known.get(key)
            if found is not None and found[0] is reference:
                del known[key]

        return forget
