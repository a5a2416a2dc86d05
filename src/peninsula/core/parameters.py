"""Sum up the parameters that a run is given as JSON, without what is secret in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Raw

from peninsula.core import codec
from peninsula.core.addresses import hide_in_addresses
from peninsula.core.secret_names import is_secret, password_of
from peninsula.core.texts import MASK, cut

__all__ = ["SUMMARY_BYTES", "secret_parameters", "summarize_json"]

SUMMARY_BYTES: Final = 2048
"""Bytes of the summary of one run's parameters."""

ITEMS: Final = 20
CHARS: Final = 200
DEPTH: Final = 3


def secret_parameters(schema: Mapping[str, Any]) -> frozenset[str]:
    """Return the parameters that a JSON schema says are secret, as pydantic's SecretStr is."""
    properties = schema.get("properties")
    if not isinstance(properties, Mapping):
        return frozenset()
    return frozenset(name for name, declared in properties.items() if _is_secret(declared))


def _is_secret(declared: Any) -> bool:
    if not isinstance(declared, Mapping):
        return False
    if declared.get("format") == "password" or declared.get("writeOnly") is True:
        return True
    for part in ("anyOf", "oneOf", "allOf"):
        options = declared.get(part)
        if isinstance(options, list) and any(map(_is_secret, options)):
            return True
    return False


def summarize_json(parameters: Mapping[str, Any], secret: frozenset[str]) -> Raw:
    """Return the parameters as JSON of at most `SUMMARY_BYTES`: long ones as type and size."""
    summed = {
        cut(name, CHARS): MASK if name in secret else _sum_up_named(name, value, DEPTH)
        for name, value in parameters.items()
    }
    encoded = codec.encode(summed)
    for name in sorted(summed, key=lambda name: len(codec.encode(summed[name])), reverse=True):
        if len(encoded) <= SUMMARY_BYTES:
            return Raw(encoded)
        summed[name] = "…"
        encoded = codec.encode(summed)
    if len(encoded) > SUMMARY_BYTES:
        encoded = codec.encode({"…": f"{len(summed)} parameters"})
    return Raw(encoded)


def _sum_up_named(name: str, value: Any, depth: int) -> Any:
    if is_secret(name, value):
        return MASK
    summed = _sum_up(value, depth)
    return [summed[0], MASK] if password_of(name, value) is not None and depth else summed


def _sum_up(value: Any, depth: int) -> Any:
    match value:
        case str():
            return hide_in_addresses(cut(value, CHARS))
        case Mapping():
            return _mapping(value, depth)
        case list():
            if not depth:
                return f"<list of {len(value):,}>"
            more = [f"… {len(value) - ITEMS:,} more"] if len(value) > ITEMS else []
            return [*(_sum_up(each, depth - 1) for each in value[:ITEMS]), *more]
        case _:
            return value


def _mapping(value: Mapping[str, Any], depth: int) -> Any:
    if not depth:
        return f"<dict of {len(value):,}>"
    summed = {
        cut(name, CHARS): _sum_up_named(name, item, depth - 1)
        for name, item in list(value.items())[:ITEMS]
    }
    if len(value) > ITEMS:
        summed["…"] = f"{len(value) - ITEMS:,} more"
    return summed
