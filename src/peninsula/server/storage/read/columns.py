"""Write rows as columns that compress well."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from operator import sub
from typing import Any

__all__ = ["Codes", "differences", "transposed"]


class Codes(dict[Any, int]):
    """Number values in the order in which they come."""

    def __missing__(self, value: Any) -> int:
        """Give the next number."""
        self[value] = number = len(self)
        return number


def transposed(uuids: Sequence[bytes]) -> str:
    """Return ids as Base64 of their first bytes, then their second bytes, and so on."""
    # Ids of one run have many bytes in common, at the same place: laid side by side they vanish.
    flat = b"".join(map(bytes, uuids))
    return b64encode(b"".join(flat[byte::16] for byte in range(16))).decode()


def differences(values: Iterable[int]) -> tuple[int, ...]:
    """Return each value less the one before it; the first as it is."""
    values = tuple(values)
    return tuple(map(sub, values, (0, *values[:-1])))
