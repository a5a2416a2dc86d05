"""Look at the class of any value, also of one whose metaclass has no hash."""

from __future__ import annotations

from collections.abc import Collection

__all__ = ["class_of", "classes_of"]


def class_of(value: object) -> type:
    """Return the class of a value to look up; of one that no set and no dict can hold, `object`."""
    class_ = type(value)
    try:
        hash(class_)
    except Exception:  # noqa: BLE001  a metaclass of the user's may raise anything
        return object
    return class_


def classes_of(values: Collection[object]) -> set[type]:
    """Return the classes of values, at the speed of C where all of these have a hash."""
    try:
        return set(map(type, values))
    except Exception:  # noqa: BLE001  as above
        return set(map(class_of, values))
