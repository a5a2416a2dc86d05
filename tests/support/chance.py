"""Values as programs pass them around, made by chance: the same for the same seed everywhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import PurePosixPath
from random import Random
from typing import Any, Final
from uuid import UUID

__all__ = ["value_of"]

PLAIN: Final[list[Callable[[Random], Any]]] = [
    lambda _: None,
    lambda random: random.random() < 0.5,
    lambda random: random.randint(-(10**20), 10**20),
    lambda random: random.uniform(-1e9, 1e9),
    lambda random: "".join(random.choices("ab é\n\U0001f3dd", k=random.randint(0, 8))),
    lambda random: random.randbytes(random.randint(0, 8)),
    lambda random: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=random.randrange(10**8)),
    lambda random: Decimal(random.randint(-(10**6), 10**6)) / 100,
    lambda random: UUID(int=random.getrandbits(128)),
    lambda random: PurePosixPath("lake", str(random.randrange(100))),
]


def value_of(random: Random, depth: int = 3) -> Any:
    """Return a value: plain, or a list, tuple, dict or set of values."""
    kind = random.randrange(8) if depth else 0
    size = random.randint(0, 4)
    if kind == 4:
        return [value_of(random, depth - 1) for _ in range(size)]
    if kind == 5:
        return tuple(value_of(random, depth - 1) for _ in range(size))
    if kind == 6:
        return {_plain(random): value_of(random, depth - 1) for _ in range(size)}
    if kind == 7:
        return random.choice([set, frozenset])(_plain(random) for _ in range(size))
    return _plain(random)


def _plain(random: Random) -> Any:
    return random.choice(PLAIN)(random)
