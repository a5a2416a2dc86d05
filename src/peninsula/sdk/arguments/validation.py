"""Coerce the parameters of flow runs to their annotations, by pydantic where that is needed.

pydantic is imported when a value is not yet exactly what its annotation says.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from inspect import Parameter
from typing import TYPE_CHECKING, Any, Final

from peninsula.core.data_places import written
from peninsula.core.errors import ParameterError
from peninsula.sdk.arguments.parameters import Signature

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = ["Validator"]


class Validator:
    """The checks of one flow's parameters."""

    def __init__(self, signature: Signature, owner: str) -> None:
        self._signature = signature
        self._owner = owner
        self._hints = signature.hints()
        self._adapters: dict[str, TypeAdapter[Any]] = {}

    def __call__(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters coerced. Raises ParameterError saying which do not fit, and why."""
        problems: list[str] = []
        coerced = {name: self._coerce(name, value, problems) for name, value in parameters.items()}
        if problems:
            said = "; ".join(problems)
            msg = f"The {self._owner} got parameters that do not fit: {said}."
            raise ParameterError(msg, parameters=problems)
        return coerced

    def _coerce(self, name: str, value: Any, problems: list[str]) -> Any:
        hint = self._hints.get(name, Any)
        if hint is Any:
            return value
        match self._signature.kind(name):
            case Parameter.VAR_POSITIONAL:
                return tuple(self._one(name, hint, each, problems) for each in value)
            case Parameter.VAR_KEYWORD:
                return {key: self._one(name, hint, each, problems) for key, each in value.items()}
            case _:
                return self._one(name, hint, value, problems)

    def _one(self, name: str, hint: Any, value: Any, problems: list[str]) -> Any:
        if is_exactly(value, hint):
            return value
        from pydantic import ValidationError  # noqa: PLC0415  weight

        try:
            return self._adapter(name, hint).validate_python(value)
        except ValidationError as problem:
            # Without the input: it may be a secret.
            for error in problem.errors(
                include_url=False, include_input=False, include_context=False
            ):
                where = written((name, *error["loc"]))
                problems.append(f"{where}: {error['msg']}")
            return value

    def _adapter(self, name: str, hint: Any) -> TypeAdapter[Any]:
        found = self._adapters.get(name)
        if found is None:
            found = self._adapters[name] = _adapter(hint, f"parameter {name} of the {self._owner}")
        return found


def _adapter(hint: Any, what: str) -> TypeAdapter[Any]:
    from pydantic import ConfigDict, PydanticUserError, TypeAdapter  # noqa: PLC0415  weight
    from pydantic.errors import PydanticUndefinedAnnotation  # noqa: PLC0415  weight

    try:
        try:
            return TypeAdapter(hint, config=ConfigDict(arbitrary_types_allowed=True))
        except PydanticUserError as problem:
            if problem.code != "type-adapter-config-unused":
                raise
            return TypeAdapter(hint)  # a model brings its own configuration
    except (PydanticUserError, PydanticUndefinedAnnotation) as problem:
        reason = str(problem).partition("\n")[0]
        msg = f"pydantic has no check for the {what}: {reason} Set validate_parameters=False."
        raise ParameterError(msg) from None


_UNIONS: Final = (typing.Union, types.UnionType)


def is_exactly(value: Any, hint: Any) -> bool:
    """Tell whether the value is of the annotated class itself, so that coercing changes nothing."""
    if isinstance(hint, type):
        return type(value) is hint
    if hint is None:
        return value is None
    if typing.get_origin(hint) in _UNIONS:
        return any(is_exactly(value, member) for member in typing.get_args(hint))
    return False
