"""Say by which name a class takes a field: so is it called in its schema, and in what is kept."""

from __future__ import annotations

from typing import Any

from pydantic import AliasChoices
from pydantic.fields import FieldInfo

from peninsula.core.errors import InvalidError

__all__ = ["taken_as"]


def taken_as(name: str, field: FieldInfo) -> str:
    """Return the alias of a field, the first of several, or its own name.

    Raises InvalidError for one that is only taken out of something else.
    """
    alias = field.validation_alias
    if alias is None or isinstance(alias, str):
        return alias or name
    found = alias.convert_to_aliases()
    choices: list[Any] = found if isinstance(alias, AliasChoices) else [found]
    for choice in choices:
        if len(choice) == 1:
            return str(choice[0])
    msg = f"Field {name!r} is taken from within another. Add its name: AliasChoices({name!r}, …)."
    raise InvalidError(msg, field=name)
