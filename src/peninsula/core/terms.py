"""Read what people write in search of events: `resource:s3://lake type:*failed -source:flow`.

A query is terms between spaces. A term is a `field:value`, or words that the event says. With `-`
before it, it must not hold. Terms of one field are any of them, different fields must all hold,
and so must all words and all terms with `-`. Quotes (`"…"`) keep spaces together, a backslash in
them keeps what follows as it is. A `*` in a type is anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final, NoReturn
from uuid import UUID

from msgspec import Struct

from peninsula.core import limits
from peninsula.core.errors import InvalidError

__all__ = ["Field", "Source", "Term", "parse", "type_matches", "write"]

MOST: Final = 50
"""Terms of one query."""


class Field(StrEnum):
    """What a term is about."""

    TYPE = "type"
    """Name of the event."""
    RESOURCE = "resource"
    """What it is about, or the system that is in."""
    RELATED = "related"
    """What took part, or the system that is in."""
    INVOLVES = "involves"
    """Either of the two."""
    ROLE = "role"
    KIND = "kind"
    """Of what it is about: `s3`, `flow-run`."""
    SOURCE = "source"
    RUN = "run"
    """It happened in that run or below it."""
    TEXT = "text"
    """In the payload or the name."""


class Source(StrEnum):
    """Who told of an event."""

    FLOW = "flow"
    """It happened in a run."""
    SERVER = "server"
    """The product itself, outside of runs."""
    OUTSIDE = "outside"
    """Anyone else, outside of runs."""


class Term(Struct, frozen=True):
    """One thing that a query asks for."""

    field: Field
    value: str
    negated: bool = False


# A minus, a field, a value in quotes or bare: each only as far as it is there.
_TERM = re.compile(
    r"""(?P<minus>-)?(?:(?P<field>[A-Za-z_]+):)?(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s"]+))"""
    r"""(?=\s|$)""",
    re.DOTALL,
)
_SPACE = re.compile(r"\s*")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_NAMES: Final = ", ".join(field.value for field in Field)
_SCHEME: Final = "//"
"""What follows the colon of an address: `s3://lake` is a word, not a field."""


def parse(text: str) -> tuple[Term, ...]:
    """Return the terms of a query. Raises InvalidError that says what is wrong, and where."""
    terms = tuple(dict.fromkeys(_terms(text)))
    if len(terms) > MOST:
        msg = f"The query has {len(terms)} terms; the limit is {MOST}. Ask for less at once."
        raise InvalidError(msg)
    return terms


def _terms(text: str) -> Iterator[Term]:
    place = _end(_SPACE, text, 0)
    while place < len(text):
        found = _TERM.match(text, place)
        if found is None:
            _refuse(text, place, 'a quote is not closed, or stands inside a word. Write "…" for it')
        yield _term(text, place, found)
        place = _end(_SPACE, text, found.end())


def _end(pattern: re.Pattern[str], text: str, place: int) -> int:
    found = pattern.match(text, place)
    return found.end() if found else place


def _term(text: str, place: int, found: re.Match[str]) -> Term:
    name, quoted, bare = found["field"], found["quoted"], found["bare"]
    value = _ESCAPED.sub(r"\1", quoted) if quoted is not None else bare
    if name is not None and quoted is None and value.startswith(_SCHEME):
        name, value = None, f"{name}:{value}"
    negated = found["minus"] is not None
    if name is None:
        if value.endswith(":") and value[:-1].lower() in set(Field):
            _refuse(text, place, f"{value[:-1]!r} has no value. Write one behind the colon")
        return Term(Field.TEXT, _checked(text, place, Field.TEXT, value), negated)
    try:
        field = Field(name.lower())
    except ValueError:
        _refuse(text, place, f"there is no field {name[:40]!r}. Fields are {_NAMES}")
    return Term(field, _checked(text, place, field, value), negated)


def _checked(text: str, place: int, field: Field, value: str) -> str:
    """Return the value of a field as it is looked for."""
    if not value:
        _refuse(text, place, f"{field.value!r} has no value. Write one between the quotes")
    if len(value) > limits.NAME_CHARS:
        _refuse(text, place, f"{len(value)} characters are too many for one value")
    match field:
        case Field.SOURCE:
            if value not in set(Source):
                known = ", ".join(source.value for source in Source)
                _refuse(text, place, f"{value[:40]!r} is no source. Sources are {known}")
        case Field.RUN:
            return _run(text, place, value)
        case Field.RESOURCE | Field.RELATED | Field.INVOLVES:
            if value.endswith("*"):
                _refuse(text, place, "only a type has `*`. A system stands for all that is in it")
        case Field.TYPE | Field.ROLE | Field.KIND | Field.TEXT:
            pass
    return value


def _run(text: str, place: int, value: str) -> str:
    try:
        return str(UUID(value))
    except ValueError:
        _refuse(text, place, f"{value[:40]!r} is no id of a run. Write the whole id")


def _refuse(text: str, place: int, problem: str) -> NoReturn:
    msg = f"The query cannot be read at character {place + 1}, {text[place : place + 20]!r}: "
    raise InvalidError(f"{msg}{problem}.", at=place)


def write(terms: Iterable[Term]) -> str:
    """Return a query that `parse` reads as these terms."""
    return " ".join(map(_written, terms))


def _written(term: Term) -> str:
    escaped = term.value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{"-" if term.negated else ""}{term.field.value}:"{escaped}"'


def type_matches(pattern: str, name: str) -> bool:
    """Tell whether an event's name is like that, where `*` is anything.

    Step by step: a regular expression with many `.*` may take for ever.
    """
    first, *rest = pattern.split("*")
    if not rest:
        return name == pattern
    *middle, last = rest
    place = len(first)
    for part in middle:
        found = name.find(part, place)
        if found < 0:
            return False
        place = found + len(part)
    return name.startswith(first) and name.endswith(last) and place <= len(name) - len(last)
