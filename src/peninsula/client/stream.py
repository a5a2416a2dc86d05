"""Read server-sent events, as the WHATWG's HTML standard writes them (section 9.2.6)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import NamedTuple

__all__ = ["Message", "messages"]


class Message(NamedTuple):
    """One message of a stream."""

    kind: str
    """What `event:` says; "message" when it says nothing, "" of an id alone."""
    data: str
    id: str | None
    """The last id said, in this message or an earlier one."""


async def messages(lines: AsyncIterator[str]) -> AsyncIterator[Message]:
    """Give each message once its blank line has come. Comments are skipped.

    One that says an id alone is given without kind and data: all until there is known.
    """
    kind, data, last, is_place = "", list[str](), None, False
    async for line in lines:
        if not line:
            if data:
                yield Message(kind or "message", "\n".join(data), last)
            elif is_place:
                yield Message("", "", last)
            kind, data, is_place = "", [], False
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match field:
            case "event":
                kind = value
            case "data":
                data.append(value)
            case "id":
                last, is_place = value, True
            case _:  # a comment begins with a colon; other fields are not for us
                pass
