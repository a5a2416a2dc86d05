"""Read and change variables: JSON values with a name, kept by the server."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date, time
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Raw, Struct

from peninsula.core import codec, variables
from peninsula.core.errors import InvalidError, NotFoundError
from peninsula.sdk.asking import ask
from peninsula.sdk.loops import run_here

if TYPE_CHECKING:
    from peninsula.client.api import Api

__all__ = ["Variable"]

SHOWN: Final = 60
"""Characters of a refused value in its error."""


class Variable(Struct, frozen=True, kw_only=True):
    """A variable that was just set: `Variable.set("region", "eu")`, `Variable.get("region")`.

    All of it works without a server, on the local database. Variables are no place for secrets:
    whoever may read anything reads them.
    """

    name: str
    value: Any
    tags: list[str]

    @classmethod
    def get(cls, name: str, default: Any = None) -> Any:
        """Return the value of a variable, or the default where there is none of that name.

        Raises:
            UnavailableError: No server answered within the setting `wait_timeout`.
        """
        return run_here(cls.aget(name, default))

    @classmethod
    async def aget(cls, name: str, default: Any = None) -> Any:
        """Return the value of a variable, as `get` does."""
        variables.check_name(name)
        try:
            found = await ask(lambda api: api.variable(name))
        except NotFoundError:
            return default
        return codec.decode(object, found.value)

    @classmethod
    def set(
        cls,
        name: str,
        value: Any,
        tags: Iterable[str] | None = None,
        overwrite: bool = False,  # noqa: FBT001, FBT002  Prefect's order
    ) -> Variable:
        """Set a variable; one that is there is changed, tags and all, if it may be overwritten.

        Raises:
            InvalidError: The name is none, or the value would not come back as it is from JSON.
            TooLargeError: The value has more than 64 KiB.
            ConflictError: There is a variable of that name, and `overwrite` is not set.
            UnavailableError: No server answered within the setting `wait_timeout`.
        """
        made: Variable = run_here(cls.aset(name, value, tags, overwrite))
        return made

    @classmethod
    async def aset(
        cls,
        name: str,
        value: Any,
        tags: Iterable[str] | None = None,
        overwrite: bool = False,  # noqa: FBT001, FBT002  Prefect's order
    ) -> Variable:
        """Set a variable, as `set` does."""
        variables.check_name(name)
        encoded = _encoded(value)
        variables.check_value(bytes(encoded))
        wanted = _tags(name, tags)
        made = await ask(
            lambda api: api.set_variable(name, encoded, tags=wanted, overwrite=overwrite)
        )
        return cls(name=name, value=codec.decode(object, made.value), tags=list(made.tags))

    @classmethod
    def unset(cls, name: str) -> bool:
        """Remove a variable; tell whether there was one of that name."""
        return bool(run_here(cls.aunset(name)))

    @classmethod
    async def aunset(cls, name: str) -> bool:
        """Remove a variable, as `unset` does."""
        variables.check_name(name)

        async def remove(api: Api) -> bool:
            try:
                await api.unset_variable(name)
            except NotFoundError:
                return False
            return True

        return await ask(remove)


def _tags(name: str, given: Any) -> tuple[str, ...]:
    """Return the tags. Raises InvalidError for a single text, and for what is no text."""
    if given is None:
        return ()
    if isinstance(given, Iterable) and not isinstance(given, str):
        tags = tuple(given)
        if all(isinstance(tag, str) for tag in tags):
            return tags
    msg = f'The variable "{name}" was given tags={given!r}. Give a list of texts: tags=["sales"].'
    raise InvalidError(msg)


def _encoded(value: Any) -> Raw:
    try:
        _check(value, "value")
        return Raw(msgspec.json.encode(value))
    except (TypeError, ValueError, RecursionError) as problem:
        msg = f"The value is no JSON: {problem}. Give texts, numbers, lists and dicts."
        raise InvalidError(msg) from None


def _check(value: Any, place: str) -> None:
    """Refuse what JSON would give back as something else; `place` says where in the value it is."""
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise _refused(f"a key of {place}", key, "Give texts as keys.")
            _check(item, f"{place}[{key!r}]")
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            _check(item, f"{place}[{number}]")
    elif isinstance(value, float) and not math.isfinite(value):
        raise _refused(place, value, "Give None, or a text.")
    else:
        for types, fix in _FIXES:
            if isinstance(value, types):
                raise _refused(place, value, fix)
        if value is not None and not isinstance(value, str | int | float):
            raise _refused(place, value, "Give texts, numbers, lists and dicts.")


_FIXES: Final[tuple[tuple[tuple[type, ...], str], ...]] = (
    ((set, frozenset), "Give a list."),
    ((bytes, bytearray, memoryview), "Give a text, such as its base64."),
    ((date, time), "Give its text: `.isoformat()`."),
)


def _refused(place: str, value: Any, fix: str) -> InvalidError:
    shown = repr(value)
    shown = shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}…"
    return InvalidError(f"The value is no JSON: {place} is {shown}. {fix}")
