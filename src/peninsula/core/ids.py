"""Make the ids that emitters give: UUIDv7 for what happens, UUIDv5 for what is known by name.

UUIDv7: RFC 9562, section 5.7; the sub-millisecond part fills `rand_a` (method 3 of section 6.2).
"""

from __future__ import annotations

import re
from uuid import UUID, SafeUUID, uuid5

from peninsula.core.errors import InvalidError

__all__ = ["NAMESPACE", "flow_id", "range_of", "time_of", "uuid7"]

NAMESPACE = UUID("6f2d7b52-55d0-5c5e-9c0f-6a1c6f1f7d11")
"""The namespace of ids that are derived from names."""

_VERSION_AND_VARIANT = (0x7 << 76) | (0x2 << 62)
_RANDOM_BITS = (1 << 62) - 1
_new = UUID.__new__
_set_int = UUID.__dict__["int"].__set__
_set_is_safe = UUID.__dict__["is_safe"].__set__
_UNKNOWN = SafeUUID.unknown
_DIGITS = re.compile(r"[0-9a-fA-F]{1,32}")


def uuid7(microseconds: int, entropy: bytes) -> UUID:
    """Return the id for a moment (µs since 1970, UTC) and at least 8 random bytes."""
    millis, micros = divmod(microseconds, 1000)
    value = (millis & 0xFFFF_FFFF_FFFF) << 80
    value |= (micros * 4096 // 1000) << 64
    value |= int.from_bytes(entropy[:8], "big") & _RANDOM_BITS
    # Three ids are made for each task run, and UUID(int=…) would take most of their time.
    made = _new(UUID)
    _set_int(made, value | _VERSION_AND_VARIANT)
    _set_is_safe(made, _UNKNOWN)
    return made


def time_of(id_: UUID) -> int:
    """Return the moment a UUIDv7 was made, in µs since 1970 (exact to the millisecond)."""
    return (id_.int >> 80) * 1000


def flow_id(name: str) -> UUID:
    """Return the id of the flow of that name: the same in every process and on every server."""
    return uuid5(NAMESPACE, f"flow:{name}")


def range_of(prefix: str) -> tuple[UUID, UUID]:
    """Return the least and the greatest id that begins with these digits. Raises InvalidError."""
    digits = prefix.replace("-", "")
    if not _DIGITS.fullmatch(digits):
        msg = f"{prefix[:60]!r} is not how an id begins: give hexadecimal digits, like 0192f3c4-7a."
        raise InvalidError(msg)
    return UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
