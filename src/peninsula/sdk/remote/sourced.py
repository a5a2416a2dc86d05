"""Send values together with what is known of them: which runs returned them, or parts of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from msgspec import Struct

from peninsula.core.errors import SerializationError
from peninsula.sdk.arguments.edges import Results
from peninsula.sdk.remote import packing
from peninsula.sdk.running.inputs import known_in

__all__ = ["Sourced", "pack", "sourced"]


class Sourced(Struct, frozen=True):
    """Values, and those of them that are results of runs: the very objects.

    Both are in one pickle, whose memo makes them the very objects on the other side, too.
    """

    values: Any
    known: tuple[tuple[Any, UUID], ...] = ()

    def take(self, results: Results) -> Any:
        """Return the values, which are known from here on."""
        results.learn(self.known)
        return self.values


def sourced(values: Any, results: Results) -> Sourced:
    """Return the values with what is known of them."""
    return Sourced(values, known_in(values, results) if results.any_known else ())


def pack(sent: Sourced, around: Callable[[Sourced], object] | None = None) -> bytes:
    """Return the bytes of what `around` makes of it, or of itself. Raises SerializationError.

    A class may leave out of its pickles what is found in its objects and cannot be sent. Then the
    values go without what is known of them.
    """
    try:
        return packing.dumps(sent if around is None else around(sent))
    except SerializationError:
        if not sent.known:
            raise
    return pack(Sourced(sent.values), around)
