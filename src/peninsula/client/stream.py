"""Read server-sent events, as the WHATWG's HTML standard writes them (section 9.2.6)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import NamedTuple

__all__ = ["Message", "messages"]


class Message(NamedTuple):
    """One message of a stream."""

    kind: str
    """What `event:` says; "message" when it says nothing."""
    data: str
    id: str | None
    """The last id said, in this message or an earlier one."""


async def messages(lines: AsyncIterator[str]) -> AsyncIterator[Message]:
    """Give each message once its blank line has come. Comments are skipped."""
    kind, data, last = "", list[str](), None
    async for line in lines:
        if not line:
            if data:
                yield Message(kind or "message", "\n".join(data), last)
            kind, data = "", []
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match field:
            case "event":
                kind = value
            case "data":
                data.append(value)
            case "id":
                last = value
            case _:  # a comment begins with a colon; other fields are not for us
                pass
