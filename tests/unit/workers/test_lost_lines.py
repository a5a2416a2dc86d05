"""Lines that a process logged and could not tell, found in what its container printed."""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from peninsula.core import codec
from peninsula.core.addresses import hide_in_addresses
from peninsula.core.printed import marked
from peninsula.core.records import Batch, LogLine
from peninsula.sdk.telling.console import Formatter
from peninsula.workers.kubernetes import lost_lines
from peninsula.workers.kubernetes.bringing import Bringer, Line, Source
from peninsula.workers.kubernetes.lost_lines import missing

SOURCE = Source("pod", "uid-1", "flow", 0, "node1", UUID(int=1), UUID(int=1))


def shown(message: str, name: str = "quiet-harbour") -> list[str]:
    """What the terminal shows of a message, marked."""
    record = logging.LogRecord(name, logging.INFO, "", 0, message, None, None)
    return marked(Formatter(coloured=False).format(record)).split("\n")


def printed(*messages: str, name: str = "quiet-harbour") -> list[Line]:
    """The lines of a container that shows these messages."""
    texts = [text for message in messages for text in shown(message, name)]
    return [Line(time.time_ns() + n, "", text) for n, text in enumerate(texts)]


def test_what_is_in_the_log_is_not_missing():
    """Also messages of several lines, empty ones, and those of a run with spaces in its name."""
    messages = ("one", "two\n  lines  of it", "")
    assert missing(printed(*messages), messages) == []
    assert missing(printed(*messages, name="my  run  of  it"), messages) == []


def test_what_is_not_in_the_log_is_missing_without_its_mark():
    """As it was printed, with moment and level."""
    (lost,) = missing(printed("one", "two"), ["one"])
    assert lost.text.endswith("INFO     quiet-harbour  two")


def test_of_equal_lines_the_last_are_missing():
    """A line in the log stands for one that was printed."""
    lines = printed("again", "again", "again")
    assert [line.at for line in missing(lines, ["again", "again"])] == [lines[2].at]


def test_what_was_kept_already_is_not_missing():
    """It is in the log as it was printed: whoever looks again keeps nothing twice."""
    lines = printed("two")
    (lost,) = missing(lines, [])
    assert missing(lines, [lost.text]) == []


class Taken:
    """Stands for a server: what it takes."""

    def __init__(self) -> None:
        self.lines: list[LogLine] = []

    async def committed(self, _: UUID) -> int:
        """Nothing yet."""
        return 0

    async def take(self, batch: Batch) -> None:
        """Keep the lines of it."""
        for each in batch.records:
            self.lines += codec.decode_record(each).lines


def test_what_is_kept_has_its_moment_and_level_once(monkeypatch):
    """Its row in the log says both; whoever looks again keeps nothing twice."""
    monkeypatch.setattr(lost_lines, "SETTLING", 0.0)
    lines, server = printed("one", "two\nand on"), Taken()

    async def logged(_: datetime) -> list[str]:
        return ["one"]

    lost = Bringer(SOURCE.of_lost, server, [].append)
    asyncio.run(lost_lines.keep_lost(lost, lines, lambda: True, logged))
    said = [(line.level, line.message) for line in server.lines]
    assert said == [(logging.INFO, "quiet-harbour  two"), (logging.INFO, "and on")]
    assert missing(lines, ["one", *(message for _, message in said)]) == []


def test_very_long_lines_are_known_by_their_beginning():
    """The log cuts them."""
    assert missing(printed("x" * 100_000), ["x" * 60_000 + " … (cut here)"]) == []


def test_messages_that_begin_with_spaces_are_known():
    """A program indents its lines, or logs nothing but a space."""
    said = ["", " ", "  one", "two"]
    assert missing(printed(*said), said) == []
    (lost,) = missing(printed(*said), ["", " ", "two"])
    assert lost.text.endswith("    one")


@given(
    st.lists(st.text(st.characters(exclude_characters="\n\r", codec="utf-8")), max_size=20),
    st.data(),
)
def test_the_end_that_never_arrived_is_found(messages, data):
    """Whatever the messages are, as many lines are missing as did not arrive."""
    arrived = data.draw(st.integers(0, len(messages)))
    logged = [hide_in_addresses(message) for message in messages[:arrived]]
    assert len(missing(printed(*messages), logged)) == len(messages) - arrived
