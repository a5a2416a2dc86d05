"""Say what of a value does not fit a JSON schema, and repeat nothing of the value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn
from uuid import UUID

from peninsula.core.data_places import Place, written
from peninsula.core.errors import InvalidError
from peninsula.core.shapes import TYPES
from peninsula.core.texts import MASK, cut

if TYPE_CHECKING:
    import jsonschema_rs

__all__ = ["Misfit", "check_schema", "joined", "misfits"]

SHOWN: Final = 5
"""Of what does not fit, so many are named."""


class Misfit(NamedTuple):
    """One thing that does not fit."""

    place: Place
    """Where in the value."""
    text: str
    """What is wrong there, to stand behind the place: `takes a whole number`."""
    kinds: tuple[str, ...] = ()
    """Where it is of another type: those that it takes."""

    def __str__(self) -> str:
        """Return it as people read it: `'login.port' takes a whole number`."""
        return f"{written(self.place)!r} {self.text}" if self.place else f"it {self.text}"


def misfits(declared: dict[str, Any], value: Any, what: str) -> list[Misfit]:
    """Return what of a value does not fit. A mask stands for what was checked before.

    Raises InvalidError for what is no JSON schema; `what` says which one that is.
    """
    import jsonschema_rs  # noqa: PLC0415  weight: for servers that are asked to check something

    try:
        # What is wrong with a secret would repeat it, so the values are in no message.
        validator = jsonschema_rs.validator_for(
            declared, retriever=_refuse, mask="", validate_formats=True, formats=_FORMATS
        )
    except (ValueError, jsonschema_rs.ReferencingError) as problem:
        wrong = joined(_unsound(declared)) or cut(str(problem).strip().partition("\n")[0], 200)
        raise InvalidError(f"The schema of {what} is no JSON schema: {wrong}.") from None
    return _all(validator.iter_errors(value), value)


def check_schema(declared: dict[str, Any], what: str) -> None:
    """Refuse what is no JSON schema, naming the keyword. `what` it is of. Raises InvalidError."""
    misfits(declared, {}, what)


def _unsound(declared: dict[str, Any]) -> list[Misfit]:
    """Return what of a schema is not as the schema of schemas says."""
    import jsonschema_rs  # noqa: PLC0415  as above

    validator = jsonschema_rs.validator_for({"$ref": _SCHEMAS}, mask="")
    return _all(validator.iter_errors(declared), declared)


_SCHEMAS: Final = "https://json-schema.org/draft/2020-12/schema"


def joined(found: Sequence[object]) -> str:
    """Return the first of what does not fit, in one line."""
    more = f"; and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return f"{'; '.join(map(str, found[:SHOWN]))}{more}"


def _refuse(uri: str) -> NoReturn:
    # The server asks nobody because a schema says so.
    msg = f"it refers to {uri}; put what is meant into the schema itself"
    raise ValueError(msg)


# --- formats that pydantic takes in more ways than JSON schema does ------------------------------


def _reads(read: Callable[[str], object]) -> Callable[[str], bool]:
    def is_read(text: str) -> bool:
        try:
            read(text)
        except ValueError:
            return False
        return True

    return is_read


def _moment(text: str) -> object:
    # pydantic takes seconds since 1970, too.
    return text.lstrip("-").isdecimal() or datetime.fromisoformat(text)


_FORMATS: Final = {
    "date": _reads(_moment),
    "date-time": _reads(_moment),
    "duration": lambda text: ":" in text or text.lstrip("+-")[:1] in {"P", "p"},
    "time": _reads(lambda text: text.isdecimal() or time.fromisoformat(text)),
    "uri": lambda text: bool(re.match(r"[a-zA-Z][\w+.-]*:", text)),
    "uuid": _reads(UUID),
    **dict.fromkeys(("uri-reference", "regex"), lambda _: True),
}
"""How a text is known to be what a schema says, as loosely as the class's own check will be."""


# --- words ---------------------------------------------------------------------------------------


_WRITTEN: Final = {
    "date-time": "a moment: 2026-01-31T02:13:00Z",
    "date": "a day: 2026-01-31",
    "time": "a time: 02:13:00",
    "duration": "a duration: PT90S",
    "uri": "an address: https://example.org/path",
}


def _told(error: jsonschema_rs.ValidationError, whole: Any) -> list[Misfit]:
    place = tuple(error.instance_path)
    if _at(whole, place) == MASK:
        return []
    kind: Any = error.kind
    if choices := getattr(kind, "context", None):
        return _nearest(place, [_all(each, whole) for each in choices])
    if (say := _SAID.get(kind.name)) is None:
        return [Misfit(place, error.message.strip())]
    return say(place, kind)


_SAID: Final[Mapping[str, Callable[[Place, Any], list[Misfit]]]] = {
    "type": lambda place, kind: [_takes(place, kind.types)],
    "required": lambda place, kind: [Misfit((*place, kind.property), "is missing")],
    "additionalProperties": lambda place, kind: [
        Misfit((*place, name), "is no field there") for name in kind.unexpected
    ],
    "format": lambda place, kind: [
        Misfit(place, f"is not written as {_WRITTEN.get(kind.format, kind.format)}")
    ],
    "enum": lambda place, kind: [Misfit(place, f"takes one of {_listed(kind.options)}")],
    "const": lambda place, kind: [Misfit(place, f"takes nothing but {kind.expected_value!r}")],
}
"""By the keyword of a schema that refuses something: what is said of it, else its own words."""


def _listed(options: Sequence[object]) -> str:
    return ", ".join(map(str, options))


def _all(errors: Iterable[jsonschema_rs.ValidationError], whole: Any) -> list[Misfit]:
    return [each for error in errors for each in _told(error, whole)]


def _nearest(place: Place, choices: Sequence[list[Misfit]]) -> list[Misfit]:
    """Return what does not fit the choice that was probably meant: the type is right there."""
    if not all(choices):
        return []  # it fits but for what is masked
    meant = [found for found in choices if found[0].place != place or not found[0].kinds]
    if meant:
        return max(meant, key=lambda found: max(len(each.place) for each in found))
    return [_takes(place, [kind for (each, *_) in choices for kind in each.kinds])]


def _takes(place: Place, kinds: Sequence[str]) -> Misfit:
    kinds = tuple(dict.fromkeys(kinds))
    words = " or ".join(TYPES.get(kind, kind) for kind in kinds)
    return Misfit(place, f"takes {words}", kinds)


def _at(value: Any, place: Place) -> Any:
    for key in place:
        value = value[key]
    return value
