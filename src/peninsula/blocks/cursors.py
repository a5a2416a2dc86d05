"""Keep results of statements that have more rows to give."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextlib import ExitStack
from threading import Lock
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from sqlalchemy import CursorResult

__all__ = ["Cursors"]

Open = Callable[[ExitStack], "CursorResult[Any]"]
"""Executes a statement; what the stack is given stays open as long as the cursor."""


class Cursors:
    """Cursors by their statement. They stay in their process: a pickle has none of them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._open: dict[Hashable, tuple[CursorResult[Any], ExitStack] | None] = {}

    def rows(self, of: Hashable, execute: Open, size: int) -> list[Any]:
        """Return the next rows of a statement, none once they are exhausted."""
        with self._lock:
            if of not in self._open:
                with ExitStack() as stack:
                    self._open[of] = (execute(stack), stack.pop_all())
            found = self._open[of]
            if found is None:
                return []
            result, stack = found
            rows: list[Any] = [*result.fetchmany(size)]
            if len(rows) < size:
                # Its connection is for others; that it is at its end stays known.
                self._open[of] = None
                stack.close()
            return rows

    def close(self) -> None:
        """Close all of them: their statements begin anew."""
        with self._lock:
            found, self._open = self._open, {}
        for one in found.values():
            if one is not None:
                one[1].close()

    def __reduce__(self) -> tuple[type[Self], tuple[()]]:
        return type(self), ()

    def __deepcopy__(self, _: Any) -> Self:
        return type(self)()
