"""Say in plain words what of a value does not fit a type, where msgspec speaks of `$.name`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from peninsula.core.data_places import Place, written
from peninsula.core.texts import cut

if TYPE_CHECKING:
    import msgspec
    from msgspec import inspect

__all__ = ["TYPES", "Unfit", "unfit"]

TYPES: Final = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
"""What JSON has, in words."""

_NOUNS: Final = {
    **TYPES,
    "str": TYPES["string"],
    "int": TYPES["integer"],
    "float": TYPES["number"],
    "bool": TYPES["boolean"],
    "datetime": "a time like 2026-01-31T02:13:00Z",
    "uuid": "an id like 0192f3c4-7a1b-7c3d-9e8f-0123456789ab",
}
"""The same as msgspec calls it."""

_UNITS: Final = {"str": "character", "array": "item", "object": "key"}


class Unfit(NamedTuple):
    """One thing that does not fit."""

    place: Place
    """Where in the value; the last step of what is unknown or missing is its key."""
    text: str
    """What is wrong there, to stand behind the place: `takes a whole number`."""

    def __str__(self) -> str:
        """Return it as people read it: `'schedules.0.jitter' takes a number of 0 or more`."""
        place = written(self.place)
        return f"{place!r} {self.text}" if place else f"It {self.text}"


def unfit(problem: msgspec.ValidationError, kind: Any) -> Unfit:
    """Return what does not fit the type, of what msgspec raised for it."""
    from msgspec import inspect  # noqa: PLC0415  weight: for what does not fit

    reason, _, where = str(problem).partition(" - at ")
    place = tuple(_steps(where))
    met = tuple(_along((inspect.type_info(kind),), place))
    if (key := _between("unknown field `", reason)) is not None:
        known = ", ".join(dict.fromkeys(field.encode_name for field in _fields(met)))
        return Unfit((*place, key), f"is not known there. There are: {known}")
    if (key := _between("required field `", reason)) is not None:
        return Unfit((*place, key), "is missing")
    is_key = where.startswith("`key`")
    text = _words(reason, met if not is_key else tuple(_keys(met)))
    return Unfit(place, f"has a key that {text.replace('takes', 'is not', 1)}" if is_key else text)


def _between(start: str, reason: str) -> str | None:
    return reason.partition(start)[2].rstrip("`") if start in reason else None


# --- where ---------------------------------------------------------------------------------------

_STEP: Final = re.compile(r"\.([A-Za-z_][\w-]*)|\[(\d+)\]|(\[\.\.\.\])")

ANY: Final = "*"
"""Any key of a mapping: msgspec does not say which."""


def _steps(where: str) -> Iterator[str | int]:
    """Give the keys that msgspec names: `$.schedules[0].cron`."""
    for name, number, _ in _STEP.findall(where):
        yield int(number) if number else name or ANY


def _along(kinds: Sequence[inspect.Type], place: Place) -> Sequence[inspect.Type]:
    """Return the types that may stand at a place."""
    kinds = tuple(_flat(kinds))
    for step in place:
        kinds = tuple(_flat(_inner(kinds, step)))
    return kinds


def _flat(kinds: Sequence[inspect.Type] | Iterator[inspect.Type]) -> Iterator[inspect.Type]:
    """Give each of a union, and what has a description along with it."""
    from msgspec import inspect  # noqa: PLC0415  as above

    for kind in kinds:
        if isinstance(kind, inspect.UnionType):
            yield from _flat(kind.types)
        elif isinstance(kind, inspect.Metadata):
            yield kind
            yield from _flat((kind.type,))
        else:
            yield kind


def _inner(kinds: Sequence[inspect.Type], step: str | int) -> Iterator[inspect.Type]:
    from msgspec import inspect  # noqa: PLC0415  as above

    if isinstance(step, int) or step == ANY:
        for kind in kinds:
            for held in ("item_type", "value_type"):
                if hasattr(kind, held):
                    yield getattr(kind, held)
    else:
        yield from (field.type for field in _fields(kinds) if field.encode_name == step)
        for kind in kinds:
            if getattr(kind, "tag_field", None) == step:
                yield inspect.LiteralType((kind.tag,))  # type: ignore[attr-defined]


def _fields(kinds: Sequence[inspect.Type]) -> Iterator[inspect.Field]:
    for kind in kinds:
        yield from getattr(kind, "fields", ())


def _keys(kinds: Sequence[inspect.Type]) -> Iterator[inspect.Type]:
    yield from _flat([kind.key_type for kind in kinds if hasattr(kind, "key_type")])


# --- what ----------------------------------------------------------------------------------------

_GOT: Final = re.compile(r"Expected `(.+)`, got `(.+)`")
_LENGTH: Final = re.compile(r"Expected `(.+)` of length (>=|<=|==) (\d+)")
_BOUND: Final = re.compile(r"Expected `(.+)` (>=|<=|>|<) (\S+)")
_INVALID: Final = re.compile(r"Invalid (?:enum )?value (.+)", re.DOTALL)
_BOUNDS: Final = {">=": "of {:g} or more", ">": "above {:g}", "<=": "of {:g} at most"}
_WRITTEN: Final = {"Invalid UUID": "uuid", "Invalid RFC3339": "datetime"}


def _words(reason: str, kinds: Sequence[inspect.Type]) -> str:
    if found := _GOT.fullmatch(reason):
        return f"takes {_described(kinds) or _nouns(found[1])}, not {_nouns(found[2])}"
    if found := _LENGTH.fullmatch(reason):
        return _length(found[1], found[2], found[3])
    if found := _BOUND.fullmatch(reason):
        bound = _BOUNDS.get(found[2], "below {:g}").format(float(found[3]))
        return f"takes {_nouns(found[1])} {bound}"
    if (found := _INVALID.fullmatch(reason)) and (choices := _choices(kinds)):
        return f"takes {_either(choices)}, not {cut(found[1], 60)}"
    fits = _described(kinds) if "matching regex" in reason else None
    for start, noun in _WRITTEN.items():
        fits = _NOUNS[noun] if reason.startswith(start) else fits
    return f"takes {fits}" if fits else f"does not fit: {reason[:1].lower()}{reason[1:]}"


def _nouns(said: str) -> str:
    """Return what msgspec calls `float | null`; that it may be left out goes without saying."""
    names = [name for name in said.split(" | ") if name != "null"] or ["null"]
    return _either([_NOUNS.get(name, f"a {name}") for name in names])


def _either(choices: Sequence[str]) -> str:
    *most, last = choices
    return f"{', '.join(most)} or {last}" if most else last


def _length(kind: str, sign: str, number: str) -> str:
    kind = kind.removesuffix(" | null")
    if (sign, number) == (">=", "1"):
        return "is empty"
    unit = _UNITS.get(kind, "item")
    counted = f"{int(number):,} {unit}{'' if number == '1' else 's'}"
    return {">=": f"takes {counted} or more", "<=": f"takes {counted} at most"}.get(
        sign, f"takes {counted}"
    )


def _choices(kinds: Sequence[inspect.Type]) -> list[str]:
    found: list[Any] = []
    for kind in kinds:
        found += getattr(kind, "values", ())
        found += getattr(kind, "cls", ()) if type(kind).__name__ == "EnumType" else ()
    return [str(getattr(each, "value", each)) for each in dict.fromkeys(found)]


def _described(kinds: Sequence[inspect.Type]) -> str | None:
    """Return how the type describes what it takes: a pattern tells people nothing."""
    for kind in kinds:
        schema = getattr(kind, "extra_json_schema", None) or {}
        if described := schema.get("description"):
            return str(described)
    return None
