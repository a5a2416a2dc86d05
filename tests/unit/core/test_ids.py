"""Ids carry their time, sort by it, and are never given twice."""

from __future__ import annotations

import os
from uuid import RFC_4122, UUID

from hypothesis import given
from hypothesis import strategies as st

from peninsula.core.ids import flow_id, time_of, uuid7

moments = st.integers(0, (1 << 48) * 1000 - 1)
entropy = st.binary(min_size=8, max_size=12)


@given(moments, entropy)
def test_an_id_is_a_uuid_of_version_7(at: int, chance: bytes):
    """Version and variant as RFC 9562 says, whatever the random bytes are."""
    id_ = uuid7(at, chance)
    assert (id_.version, id_.variant) == (7, RFC_4122)


@given(moments, entropy)
def test_an_id_says_its_time(at: int, chance: bytes):
    """Exact to the millisecond."""
    assert time_of(uuid7(at, chance)) == at // 1000 * 1000


@given(moments, entropy, moments, entropy)
def test_ids_sort_by_time(at: int, chance: bytes, later: int, other: bytes):
    """To the microsecond, whatever the random bytes are; as numbers, as bytes, as text."""
    early, late = uuid7(min(at, later), chance), uuid7(max(at, later), other)
    if at == later:
        assert early.bytes[:8] == late.bytes[:8]
    else:
        assert early < late
        assert early.bytes < late.bytes
        assert str(early) < str(late)


@given(entropy)
def test_62_random_bits_tell_ids_of_one_moment_apart(chance: bytes):
    """Every one of them is used."""
    flipped = {bytes([chance[0] ^ (bit & 0x3F), *chance[1:]]) for bit in range(64)}
    assert len({uuid7(1, one) for one in flipped}) == 64


def test_ids_of_one_moment_are_not_given_twice():
    """With real entropy, as emitters use it."""
    assert len({uuid7(1_770_000_000_000_000, os.urandom(8)) for _ in range(100_000)}) == 100_000


@given(st.text())
def test_a_flow_has_one_id_everywhere(name: str):
    """It is made of the name alone."""
    assert flow_id(name) == flow_id(name) != flow_id(name + "x")
    assert flow_id(name).version == 5


def test_the_id_of_a_flow_never_changes():
    """Servers and processes of any version agree on it."""
    assert flow_id("nightly") == UUID("6952feba-1d04-5bbd-8305-3f31074d09a0")
