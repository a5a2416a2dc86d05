"""Name runs: by the user's template or function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from peninsula.core.errors import InvalidError
from peninsula.core.texts import one_line

__all__ = ["RunName", "written_name"]

RunName = str | Callable[..., str]
"""A template of the parameters, `load-{day:%F}`, or a function, with or without `parameters`."""


def written_name(given: RunName, option: str, parameters: Mapping[str, Any], default: str) -> str:
    """Return the name that the user's template or function gives to a run.

    Raises InvalidError naming the option for a template that does not fit the parameters.
    """
    if isinstance(given, str):
        return one_line(_fill(given, option, parameters), default)
    name: object = given(parameters=parameters) if _takes_parameters(given) else given()
    if not isinstance(name, str):
        msg = f"The function for `{option}` returned {type(name).__name__}. Return a str."
        raise InvalidError(msg)
    return one_line(name, default)


def _fill(template: str, option: str, parameters: Mapping[str, Any]) -> str:
    try:
        return template.format(**parameters)
    except (LookupError, AttributeError, ValueError, TypeError) as problem:
        has = ", ".join(parameters) or "none"
        msg = (
            f"The `{option}` {template!r} cannot be filled in: {type(problem).__name__} {problem}. "
            f"The parameters are: {has}."
        )
        raise InvalidError(msg) from None


def _takes_parameters(function: Callable[..., str]) -> bool:
    from inspect import signature  # noqa: PLC0415  weight: few names are functions

    return "parameters" in signature(function).parameters
