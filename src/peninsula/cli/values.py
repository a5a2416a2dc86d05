"""Turn what was typed into values by hand: typer would import pydantic for it, which takes 150 ms.

It covers the types that commands here have. A test holds that pydantic stays out.
"""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Any, Final, get_args

import typer

__all__ = ["lighten"]


def lighten(command: Any) -> None:
    """Have the parameters of a command, and of those below it, turned into values here."""
    for parameter in (*command.params, command.get_help_option(typer.Context(command))):
        if getattr(parameter, "_runtime_param", ...) is None:
            parameter._runtime_param = _Values(parameter.type_descriptor)  # noqa: SLF001  no other way in
    for below in getattr(command, "commands", {}).values():
        if below is not None:
            lighten(below)


class _Values:
    """What typer asks for the value of one parameter."""

    def __init__(self, described: Any) -> None:
        self._kind = described.annotation
        self._info = described.parameter_info

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the value of what was typed. Raises BadParameter."""
        if param.multiple:
            (kind,) = get_args(self._kind)
            return [self._one(each, kind, param, ctx) for each in value or ()]
        return None if value is None else self._one(value, self._kind, param, ctx)

    def _one(self, value: Any, kind: Any, param: Any, ctx: Any) -> Any:
        try:
            return self._converted(value, kind)
        except ValueError as problem:
            raise typer.BadParameter(str(problem), ctx=ctx, param=param) from None

    def _converted(self, value: Any, kind: Any) -> Any:
        if self._info.parser is not None:
            return self._info.parser(value) if isinstance(value, str) else value
        if kind in _NUMBERS:
            return self._number(value, kind)
        if issubclass(kind, Enum):
            return _choice(value, kind)
        if issubclass(kind, Path):
            return Path(value)
        return value

    def _number(self, value: Any, kind: type[float]) -> float:
        least, most = self._info.min, self._info.max
        span = f" from {least}" + (f" to {most}" if most is not None else " on")
        expected = f"{value!r} is no {_NUMBERS[kind]}{span if least is not None else ''}."
        try:
            number = kind(value)
        except ValueError:
            raise ValueError(expected) from None
        # Written so that what is no number, nan, is out of every span.
        if not (least is None or number >= least) or not (most is None or number <= most):
            raise ValueError(expected)
        return number


_NUMBERS: Final[dict[Any, str]] = {int: "whole number", float: "number"}


def _choice(value: Any, kind: type[Enum]) -> Enum:
    try:
        return kind(value.lower() if isinstance(value, str) else value)
    except ValueError:
        known = ", ".join(str(each.value) for each in kind)
        msg = f"{value!r} is none of {known}."
        raise ValueError(msg) from None
