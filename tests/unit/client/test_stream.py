"""How server-sent events are read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from peninsula.client.stream import Message, messages


def read(text: str) -> list[Message]:
    """The messages in a text."""

    async def lines() -> AsyncIterator[str]:
        for line in text.split("\n"):
            yield line

    async def collect() -> list[Message]:
        return [message async for message in messages(lines())]

    return asyncio.run(collect())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("event: events\nid: 7\ndata: [1]\n\n", [Message("events", "[1]", "7")]),
        ("data: a\ndata:b\n\n", [Message("message", "a\nb", None)]),
        ("data:  two blanks\n\n", [Message("message", " two blanks", None)]),
        (": all is well\n\ndata: x\n\n", [Message("message", "x", None)]),
        ("data: cut off in the mid", []),
        (
            "id: 1\ndata: x\n\ndata: y\n\n",
            [Message("message", "x", "1"), Message("message", "y", "1")],
        ),
        ("event: error\nretry: 10\ndata: {}\n\n", [Message("error", "{}", None)]),
        ("event: lonely\n\ndata: x\n\n", [Message("message", "x", None)]),
        ("data\n\n", [Message("message", "", None)]),
        (
            ": still here\nid: 3\n\nid: 4\ndata: x\n\n",
            [Message("", "", "3"), Message("message", "x", "4")],
        ),
    ],
)
def test_messages_are_read_as_the_standard_says(text: str, expected: list[Message]):
    """A blank line ends a message; comments, unknown fields and torn messages are skipped."""
    assert read(text) == expected
