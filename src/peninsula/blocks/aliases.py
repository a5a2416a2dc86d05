"""Say by which name a class takes a field: so is it called in its schema, and in what is kept."""

from __future__ import annotations

from pydantic import AliasChoices, AliasPath
from pydantic.fields import FieldInfo

from peninsula.core.errors import InvalidError

__all__ = ["taken_as"]


def taken_as(name: str, field: FieldInfo) -> str:
    """Return the alias of a field, the first of several, or its own name.

    Raises InvalidError for one that is only taken out of something else.
    """
    match field.validation_alias:
        case None:
            return name
        case str(alias):
            return alias
        case AliasPath() as path:
            choices = [path.convert_to_aliases()]
        case AliasChoices() as several:
            choices = several.convert_to_aliases()
    for choice in choices:
        if len(choice) == 1:
            return str(choice[0])
    msg = f"Field {name!r} is taken from within another. Add its name: AliasChoices({name!r}, …)."
    raise InvalidError(msg, field=name)
