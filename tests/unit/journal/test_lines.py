"""Log lines are cut and cleaned so that a server takes them."""

from __future__ import annotations

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peninsula.core import codec, limits
from peninsula.core.records import LogLine, LogRecord
from peninsula.journal.lines import in_records

TEXTS = st.text(st.characters(exclude_categories=[]), max_size=200)


def line(message: str = "loaded", logger: str = "flow", level: int = 20) -> LogLine:
    """Return a log line."""
    return LogLine(time=1, level=level, logger=logger, message=message)


@given(st.lists(st.builds(line, TEXTS, TEXTS, st.integers(-5, 2_000)), max_size=20))
def test_every_line_is_taken(lines):
    """Whatever a line's texts and level are, the record decodes and no line is missing."""
    groups = list(in_records(lines))
    assert sum(map(len, groups)) == len(lines)
    for group in groups:
        record = LogRecord(number=1, stamp=1, run=uuid4(), root=uuid4(), lines=group)
        assert codec.decode_record(codec.encode(record)) == record


@given(st.text("aé\x00€", max_size=50), st.integers(1, 3))
def test_a_long_line_is_cut_and_says_so(seed, times):
    """A line over the limit keeps its beginning and ends by saying how long it was."""
    message = (seed or "x") * (times * limits.LOG_LINE_BYTES // len(seed or "x"))
    [[cut]] = in_records([line(message)])
    size = len(message.encode())
    assert len(cut.message.encode()) <= limits.LOG_LINE_BYTES
    if size > limits.LOG_LINE_BYTES:
        assert cut.message.endswith(f"… (cut here: the line has {size} bytes)")
        assert message.startswith(cut.message.rpartition(" … ")[0])
    else:
        assert cut.message == message


def test_many_lines_take_several_records():
    """Lines that do not fit into one record are spread over more, in their order."""
    lines = [line(f"{n} " + "\x00" * 30_000) for n in range(40)]
    groups = list(in_records(lines))
    assert len(groups) > 1
    assert [each for group in groups for each in group] == lines
    for group in groups:
        record = LogRecord(number=1 << 60, stamp=1 << 60, run=uuid4(), root=uuid4(), lines=group)
        assert len(codec.encode(record)) <= limits.RECORD_BYTES


@pytest.mark.parametrize(
    ("logger", "kept"),
    [
        ("", "root"),
        ("a\nb", "a?b"),
        ("x" * 2_000, "x" * (limits.NAME_CHARS - 1) + "…"),
        ("😀" * 1_000, "😀" * 639 + "…"),
    ],
)
def test_a_loggers_name_is_cleaned(logger, kept):
    """A logger's name that the server would refuse is made one that it takes."""
    [[cleaned]] = in_records([line(logger=logger)])
    assert cleaned.logger == kept
