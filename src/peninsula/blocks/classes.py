"""Find the class of a type of block."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Any, Final, TypeVar, get_args

from peninsula.blocks.typed import Typed

__all__ = ["class_in", "class_of"]

GROUP: Final = "peninsula.blocks"
"""Entry points by which packages say which class is of which type: `s3-bucket = "module:Class"`."""

T = TypeVar("T", bound=Typed)


def class_of(slug: str, among: type[T]) -> type[T] | None:
    """Return the class of that type, of those below one: imported, or of an installed package.

    Of two imported ones it is the later: a notebook makes a class as often as its cell runs.
    """
    return _imported(slug, among) or _installed(slug, among)


def class_in(slug: str, annotation: Any) -> type[Typed] | None:
    """Return the class of that type that a field may hold by its annotation, if that says one."""
    if isinstance(annotation, type) and issubclass(annotation, Typed):
        is_it = annotation.get_block_type_slug() == slug
        return annotation if is_it else class_of(slug, annotation)
    inside = (class_in(slug, each) for each in get_args(annotation))
    return next((each for each in inside if each is not None), None)


def _imported(slug: str, among: type[T]) -> type[T] | None:
    for each in reversed(among.__subclasses__()):
        found = each if each.get_block_type_slug() == slug else _imported(slug, each)
        if found is not None:
            return found
    return None


def _installed(slug: str, among: type[T]) -> type[T] | None:
    for place in entry_points(group=GROUP, name=slug):
        found = place.load()
        if isinstance(found, type) and issubclass(found, among):
            return found
    return None
