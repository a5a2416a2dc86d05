"""Say how one argument is to be treated: mapped over, waited for, looked into."""

from __future__ import annotations

from typing import Generic, TypeVar

__all__ = ["Annotation", "allow_failure", "opaque", "quote", "unmapped"]

T = TypeVar("T")


class Annotation(Generic[T]):
    """A wrapper around an argument. The task gets the argument without it."""

    __slots__ = ("value",)

    def __init__(self, value: T) -> None:
        self.value = value

    def unwrap(self) -> T:
        """Return the argument."""
        return self.value

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.value!r})"

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and bool(self.value == other.value)

    __hash__ = None  # type: ignore[assignment]  # what it wraps often has none


class unmapped(Annotation[T]):  # noqa: N801  a word of the language, as in Prefect
    """Give every task run of a `map` this same value, though it could be iterated."""

    __slots__ = ()


class allow_failure(Annotation[T]):  # noqa: N801  as above
    """Run although upstream runs inside this argument failed; their exceptions are passed in."""

    __slots__ = ()


class opaque(Annotation[T]):  # noqa: N801  as above
    """Pass a value as it is: neither futures nor edges are looked for inside it."""

    __slots__ = ()

    def unquote(self) -> T:
        """Return the argument; `quote` has it in Prefect."""
        return self.value


quote = opaque
"""Another name of `opaque`."""
