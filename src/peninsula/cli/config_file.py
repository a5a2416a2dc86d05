"""Change one setting in the text of config.toml, and leave all else in it as it is."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any, Final

from peninsula.core.errors import ConflictError

__all__ = ["with_value", "without"]

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")


def with_value(text: str, name: str, value: Any) -> str:
    """Return the text with the setting at that value. Raises ConflictError if that cannot be."""
    wanted = {**tomllib.loads(text), name: list(value) if isinstance(value, tuple) else value}
    lines = text.splitlines(keepends=True)
    line = f"{name} = {_toml(value)}\n"
    place = _place(lines, name)
    if place is not None:
        lines[place] = [line]
    else:
        at = _end_of_top(lines)
        if at and not lines[at - 1].endswith("\n"):
            lines[at - 1] += "\n"
        lines.insert(at, line)
    return _checked("".join(lines), wanted, name)


def without(text: str, name: str) -> str:
    """Return the text without the setting. Raises ConflictError if that cannot be."""
    wanted = tomllib.loads(text)
    wanted.pop(name, None)
    lines = text.splitlines(keepends=True)
    place = _place(lines, name)
    if place is not None:
        del lines[place]
    return _checked("".join(lines), wanted, name)


def _place(lines: list[str], name: str) -> slice | None:
    """Return the lines that set a name at the top level: from `name =` to where its value ends."""
    begins = re.compile(rf"""\s*(?:{name}|"{name}"|'{name}')\s*=""")
    top = _end_of_top(lines)
    for start in range(top):
        if not begins.match(lines[start]):
            continue
        for end in range(start + 1, top + 1):
            try:
                found = tomllib.loads("".join(lines[start:end]))
            except tomllib.TOMLDecodeError:
                continue
            if found.keys() == {name}:
                return slice(start, end)
    return None


def _end_of_top(lines: list[str]) -> int:
    """Return where the first table begins; a line in a text of many lines may look like one."""
    for place, line in enumerate(lines):
        if line.lstrip().startswith("["):
            try:
                tomllib.loads("".join(lines[:place]))
            except tomllib.TOMLDecodeError:
                continue
            return place
    return len(lines)


def _checked(text: str, wanted: dict[str, Any], name: str) -> str:
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        said = None
    if said != wanted:
        msg = f"config.toml sets {name} in a way that cannot be changed from here. Edit the file."
        raise ConflictError(msg)
    return text


def _toml(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            # What JSON writes TOML reads, but for the one control character that JSON leaves be.
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case dict():
            pairs = (f"{_key(key)} = {_toml(one)}" for key, one in value.items())
            return "{ " + ", ".join(pairs) + " }" if value else "{}"
        case _:
            return "[" + ", ".join(_toml(one) for one in value) + "]"


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _toml(key)
