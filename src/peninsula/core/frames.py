"""Frame records for a file: a length, a checksum, the body.

4 bytes length and 4 bytes CRC-32 of the body, both big endian, then the body. What does not check
ends the file: a crash in the middle of a write leaves it so.
"""

from __future__ import annotations

import struct
from binascii import crc32
from typing import Final

from peninsula.core import limits

__all__ = ["HEAD_BYTES", "frame", "unframe"]

_HEAD: Final = struct.Struct(">II")
_pack: Final = _HEAD.pack
_unpack: Final = _HEAD.unpack_from

HEAD_BYTES: Final = _HEAD.size
"""What a frame adds to its body, in bytes."""


def frame(body: bytes) -> bytes:
    """Return the frame around a body, which is not empty."""
    return _pack(len(body), crc32(body)) + body


def unframe(data: bytes, most: int | None = None) -> tuple[list[bytes], int]:
    """Return the bodies of the whole frames that the data begins with, and where they end.

    A frame without a body is none: some file systems leave zeros at the end after a power loss.
    """
    bodies: list[bytes] = []
    at, size = 0, len(data)
    while at + HEAD_BYTES <= size and (most is None or len(bodies) < most):
        length, checksum = _unpack(data, at)
        end = at + HEAD_BYTES + length
        if not 0 < length <= limits.RECORD_BYTES or end > size:
            break
        body = data[at + HEAD_BYTES : end]
        if crc32(body) != checksum:
            break
        bodies.append(body)
        at = end
    return bodies, at
