"""Turn the pages of a long list, both ways, by the key of a row and never by counting rows."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Final, TypeVar
from zlib import crc32

import msgspec
from msgspec import Struct

from peninsula.core.errors import InvalidError

__all__ = ["Cursor", "Key", "digest", "read_cursor", "turn", "write_cursor"]

R = TypeVar("R")

Key = tuple[int | str, ...]
"""What orders the rows; no two have the same."""

_INT64: Final = 1 << 63


class Cursor(Struct, frozen=True, array_like=True):
    """A place between two rows of one list."""

    digest: int
    """Of the filters: a cursor of another list is refused."""
    back: bool
    """Whether the page lies before the place."""
    key: Key


def digest(*parts: object) -> int:
    """Return a number that filters and orders are known by."""
    return crc32(msgspec.json.encode(parts, order="deterministic"))


def write_cursor(cursor: Cursor) -> str:
    """Return the cursor as a text for an address."""
    return urlsafe_b64encode(msgspec.json.encode(cursor)).rstrip(b"=").decode()


_CURSOR: Final = msgspec.json.Decoder(Cursor)


def read_cursor(text: str, of: int, shape: tuple[type, ...]) -> Cursor:
    """Return the cursor that a text writes; its key must have these types.

    Raises InvalidError when it is none, or one of another list.
    """
    try:
        padded = text.encode() + b"=" * (-len(text) % 4)
        cursor = _CURSOR.decode(urlsafe_b64decode(padded))
    except (ValueError, UnicodeError, msgspec.MsgspecError):
        raise InvalidError(_NO_CURSOR) from None
    if cursor.digest != of:
        raise InvalidError(_ANOTHER_LIST)
    if tuple(map(type, cursor.key)) != shape or not all(map(_storable, cursor.key)):
        raise InvalidError(_NO_CURSOR)
    return cursor


_NO_CURSOR: Final = (
    "The cursor cannot be read. Use `next` or `previous` of an answer as it is, "
    "or leave it out to begin."
)
_ANOTHER_LIST: Final = (
    "The cursor is of a list with other filters or another order. "
    "Keep the parameters of the first page, or leave the cursor out to begin anew."
)


def _storable(value: int | str) -> bool:
    if isinstance(value, int):
        return -_INT64 <= value < _INT64
    return "\x00" not in value


def turn(
    rows: Sequence[R],
    limit: int,
    cursor: Cursor | None,
    of: int,
    key: Callable[[R], Key],
    *,
    bound: Key | None = None,
) -> tuple[list[R], str | None, str | None]:
    """Return the page's rows, `next` and `previous`.

    The rows lie beyond the cursor, nearest first, and are `limit` + 1 if there are so many: the
    last only tells that there is more. `bound` is where a search that was not finished stopped.
    """
    back = cursor is not None and cursor.back
    page = list(rows[:limit])
    far: Key | None = bound
    if len(rows) > limit:
        far = key(page[-1])
    near: Key | None = None
    if cursor is not None:
        near = key(page[0]) if page else None
    if back:
        page.reverse()
    following, preceding = (near, far) if back else (far, near)
    return page, _cursor_text(of, following, back=False), _cursor_text(of, preceding, back=True)


def _cursor_text(of: int, key: Key | None, *, back: bool) -> str | None:
    return None if key is None else write_cursor(Cursor(of, back, key))
