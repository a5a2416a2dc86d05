"""Frames come back as they were written, and what was cut off is left out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from peninsula.core import limits
from peninsula.core.frames import HEAD_BYTES, frame, unframe

BODIES = st.lists(st.binary(min_size=1, max_size=200), max_size=20)


@given(BODIES)
def test_round_trip(bodies):
    """What was framed is read back, to the last byte."""
    data = b"".join(map(frame, bodies))
    assert unframe(data) == (bodies, len(data))


@given(BODIES, st.data())
def test_any_truncation_yields_a_prefix(bodies, data):
    """A file cut anywhere has the whole frames before the cut, and says where they end."""
    whole = b"".join(map(frame, bodies))
    cut = data.draw(st.integers(0, len(whole)))
    found, end = unframe(whole[:cut])
    assert found == bodies[: len(found)]
    assert end == sum(HEAD_BYTES + len(body) for body in found) <= cut
    rest = bodies[len(found) :]
    assert not rest or cut < end + HEAD_BYTES + len(rest[0])


@given(BODIES.filter(bool), st.data())
def test_a_changed_byte_ends_the_file(bodies, data):
    """A frame whose bytes were changed is left out, and so is what comes after it."""
    whole = bytearray(b"".join(map(frame, bodies)))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    found, end = unframe(bytes(whole))
    assert found == bodies[: len(found)]
    assert end <= at


@given(BODIES, st.integers(1, 100))
def test_zeros_at_the_end_are_no_frames(bodies, zeros):
    """What a file system leaves after a power loss is not read as empty records."""
    whole = b"".join(map(frame, bodies))
    assert unframe(whole + bytes(zeros)) == (bodies, len(whole))


def test_a_length_beyond_the_limit_is_no_frame():
    """A length that no record has is not believed, whatever follows."""
    body = b"x" * (limits.RECORD_BYTES + 1)
    assert unframe(frame(body)) == ([], 0)


@given(BODIES, st.integers(0, 25))
def test_no_more_than_asked(bodies, most):
    """Reading stops after so many frames, at the end of the last one."""
    whole = b"".join(map(frame, bodies))
    found, end = unframe(whole, most)
    assert found == bodies[:most]
    assert unframe(whole[end:]) == (bodies[most:], len(whole) - end)
