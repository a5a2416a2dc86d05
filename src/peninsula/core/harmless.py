"""Mask in JSON what is secret by its name, in an address or in a header."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from peninsula.core.addresses import hide_in_addresses
from peninsula.core.secret_names import is_secret_name
from peninsula.core.texts import MASK

__all__ = ["harmless", "harmless_text"]


def harmless(value: Any) -> Any:
    """Return a value without the texts that are secret by their names, or as `harmless_text` says.

    It is what a person would show of it to others; what is no JSON stays as it is.
    """
    match value:
        case str():
            return harmless_text(value)
        case Mapping():
            return {name: _of(_called(name, value), each) for name, each in value.items()}
        case list() | tuple() if all(map(_is_named, value)):
            # [["Authorization", "Bearer …"]], as headers are written.
            return [[harmless(name), _of(name, each)] for name, each in value]
        case list() | tuple():
            return [harmless(each) for each in value]
        case _:
            return value


def _is_named(value: Any) -> bool:
    match value:
        case [str(), _]:
            return True
    return False


def _called(name: Any, among: Mapping[Any, Any]) -> str:
    # {"name": "DB_PASSWORD", "value": …}, as variables and tags are written.
    beside = among.get("name", among.get("key")) if name == "value" else None
    return beside if isinstance(beside, str) else str(name)


def _of(name: str, value: Any) -> Any:
    return _masked(value) if is_secret_name(name) else harmless(value)


def _masked(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_masked(each) for each in value]
    return MASK if isinstance(value, str) and value else harmless(value)


def harmless_text(text: str) -> str:
    """Mask what may be secret in the addresses of a text, and in headers of HTTP."""
    text = hide_in_addresses(text)
    if ":" not in text and "=" not in text:
        return text
    return re.sub(_COOKIE, rf"\1{MASK}", re.sub(_HEADER, rf"\1{MASK}", text))


# Compiled when a text needs them: each process would pay for it with its imports.
_HEADER: Final = r"""(?ix)
    \b( ((proxy-)?authorization | x-([a-z]{1,20}-){0,4}(key|token)) ['"]?\s?[:=]\s?['"]?
       ((bearer|basic|digest|token)\s)? )
    [^\s'"<>,;]+
"""
_COOKIE: Final = r"""(?i)\b((?:set-)?cookie['"]?\s?:\s?['"]?)[^\r\n'"<>]+"""
