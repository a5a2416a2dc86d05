"""Name what transactions see of each other, when they are kept, and how far they have come."""

from __future__ import annotations

from enum import Enum, StrEnum
from typing import TypeVar

from peninsula.core.errors import InvalidError

__all__ = ["CommitMode", "IsolationLevel", "TransactionState", "member"]


class IsolationLevel(StrEnum):
    """What transactions of one key see of each other."""

    READ_COMMITTED = "READ_COMMITTED"
    """Each sees what others have committed; two may do the same work at once."""
    SERIALIZABLE = "SERIALIZABLE"
    """One after the other, by a lock on the key."""


class CommitMode(StrEnum):
    """When what is staged is kept."""

    EAGER = "EAGER"
    """At the end of the transaction itself."""
    LAZY = "LAZY"
    """At the end of the transaction around it."""
    OFF = "OFF"
    """Never: it is rolled back at its end unless `commit` was called."""


_Choice = TypeVar("_Choice", CommitMode, IsolationLevel)


def member(kind: type[_Choice], given: str | None) -> _Choice | None:
    """Return what is meant by a member or its name. Raises InvalidError naming those there are."""
    if given is None:
        return None
    try:
        return kind(given)
    except ValueError:
        names = ", ".join(each.value for each in kind)
        msg = f"{kind.__name__} has no {given!r}. There are {names}."
        raise InvalidError(msg) from None


class TransactionState(Enum):
    """How far a transaction has come."""

    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    STAGED = "STAGED"
    COMMITTED = "COMMITTED"
    ROLLED_BACK = "ROLLED_BACK"
