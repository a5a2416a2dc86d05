"""Sum up the parameters of a run as a small JSON object that holds no secret."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any, Final
from uuid import UUID

from msgspec import Raw

from peninsula.core import codec
from peninsula.core.addresses import hide_in_addresses
from peninsula.core.classes import class_of
from peninsula.core.secret_names import is_secret, password_of
from peninsula.core.texts import MASK, cut, encodable
from peninsula.journal import masking
from peninsula.sdk.arguments.annotations import Annotation
from peninsula.sdk.masks import fields_of, learn

__all__ = ["LIMIT", "learn_secrets", "summarize", "type_of"]

LIMIT: Final = 2048
"""Bytes of the summary of one run's parameters."""

ITEMS: Final = 20
CHARS: Final = 200
DEPTH: Final = 3
DIGITS: Final = 1 << 63

_NONE: Final = Raw(b"{}")
_Texts = date | time | timedelta | Decimal | PurePath | UUID


def summarize(parameters: Mapping[str, Any], secret: frozenset[str] = frozenset()) -> Raw:
    """Return the parameters as JSON of at most `LIMIT` bytes.

    What is no JSON becomes its type and shape, `<polars.DataFrame 9x5>`. Masked are values whose
    type, name or declaration (`secret`: names of such parameters) says that they are secret.
    """
    if not parameters:
        return _NONE
    summed = {
        name: _hide(value, declared=name in secret)
        if name in secret or is_secret(name, value)
        else _sum_up_named(name, value, DEPTH)
        for name, value in parameters.items()
    }
    encoded = codec.encode(summed)
    return Raw(encoded if len(encoded) <= LIMIT else _shrink(parameters, summed))


def _hide(value: Any, *, declared: bool = False) -> str:
    """Mask a secret, and from now on wherever it is told; by its name alone it may be none."""
    if declared or hasattr(value, "get_secret_value"):
        learn(value)
    return MASK


def learn_secrets(parameters: Mapping[str, Any], secret: frozenset[str]) -> None:
    """Mask from now on what of these parameters is secret: they came from another process."""
    for name, value in parameters.items():
        if name in secret or hasattr(value, "get_secret_value"):
            learn(value)


def _shrink(parameters: Mapping[str, Any], summed: dict[str, Any]) -> bytes:
    # The largest go first: one huge parameter must not hide the small ones beside it.
    sizes = {name: len(codec.encode(value)) for name, value in summed.items()}
    for name in sorted(sizes, key=sizes.__getitem__, reverse=True):
        if summed[name] != MASK:
            summed[name] = type_of(parameters[name])
        encoded = codec.encode(summed)
        if len(encoded) <= LIMIT:
            return encoded
    names = list(summed)
    kept: dict[str, Any] = {}
    for name in names:
        kept[cut(name, CHARS)] = summed[name]
        rest = {"…": f"{len(names) - len(kept)} more"}
        if len(codec.encode(kept | rest)) > LIMIT:
            kept.popitem()
            break
    return codec.encode(kept | {"…": f"{len(names) - len(kept)} more"})


def _sum_up_named(name: str, value: Any, depth: int) -> Any:
    shown = _sum_up(value, depth)
    return [shown[0], MASK] if password_of(name, value) is not None and depth else shown


def _sum_up(value: Any, depth: int) -> Any:
    known = _BY_TYPE.get(class_of(value))
    try:
        return known(value, depth) if known is not None else _sum_up_other(value, depth)
    except Exception:  # noqa: BLE001  classes of the user's may raise anything anywhere
        return type_of(value)


def _sum_up_other(value: Any, depth: int) -> Any:
    if hasattr(value, "get_secret_value"):
        return _hide(value)
    if isinstance(value, Annotation):
        return _sum_up(value.value, depth)
    if isinstance(value, Enum):
        return _sum_up(value.value, depth)
    if isinstance(value, _Texts):
        return _text(str(value), depth)
    for parent, known in _BY_TYPE.items():
        if isinstance(value, parent):
            return known(value, depth)
    held = fields_of(value)
    return type_of(value) if held is None else _mapping(held, depth)


def _same(value: Any, _: int) -> Any:
    return value


def _integer(value: int, _: int) -> Any:
    return value if -DIGITS <= value < DIGITS else f"<int of {value.bit_length()} bits>"


def _number(value: float, _: int) -> Any:
    return value if math.isfinite(value) else str(value)


def _text(value: str, _: int) -> str:
    return hide_in_addresses(encodable(masking.hide(cut(value, CHARS))))


def _bytes(value: bytes, _: int) -> str:
    return f"<{type(value).__name__} {len(value):,}>"


def _mapping(value: Mapping[Any, Any], depth: int) -> Any:
    if not depth:
        return f"<{type(value).__name__} of {len(value):,}>"
    summed: dict[str, Any] = {}
    for key, item in value.items():
        if len(summed) == ITEMS:
            summed["…"] = f"{len(value) - ITEMS:,} more"
            break
        name = _text(str(key), depth)
        summed[name] = (
            _hide(item) if is_secret(name, item) else _sum_up_named(name, item, depth - 1)
        )
    return summed


def _collection(value: Iterable[Any], depth: int) -> Any:
    size = len(value)  # type: ignore[arg-type]
    if not depth:
        return f"<{type(value).__name__} of {size:,}>"
    summed: list[Any] = []
    for item in value:
        if len(summed) == ITEMS:
            return [*summed, f"… {size - ITEMS:,} more"]
        summed.append(_sum_up(item, depth - 1))
    return summed


def type_of(value: Any) -> str:
    """Return type and size of a value, and nothing that is in it: `<str of 24>`."""
    kind = type(value)
    package = kind.__module__.partition(".")[0]
    name = kind.__qualname__ if package == "builtins" else f"{package}.{kind.__qualname__}"
    size = _size_of(value)
    return f"<{cut(encodable(name), CHARS)}{f' {size}' if size else ''}>"


def _size_of(value: Any) -> str:
    try:
        shape = getattr(value, "shape", None)
        if isinstance(shape, tuple) and all(isinstance(side, int) for side in shape):
            return "×".join(map(str, shape))  # noqa: RUF001  the sign of a shape
        return f"of {len(value):,}" if isinstance(value, _SIZED) else ""
    except Exception:  # noqa: BLE001  as above
        return ""


_SIZED: Final = (str, bytes, list, tuple, dict, set, frozenset)
_BY_TYPE: Final[dict[type, Callable[[Any, int], Any]]] = {
    type(None): _same,
    bool: _same,
    int: _integer,
    float: _number,
    str: _text,
    bytes: _bytes,
    bytearray: _bytes,
    dict: _mapping,
    list: _collection,
    tuple: _collection,
    set: _collection,
    frozenset: _collection,
}
