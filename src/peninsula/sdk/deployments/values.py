"""Write parameters as JSON: they wait in the server, for whoever starts the run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from peninsula.core.errors import ParameterError

__all__ = ["jsonable"]


def jsonable(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters as JSON has them. Raises ParameterError naming one that it has not."""
    return {name: _value(name, value) for name, value in parameters.items()}


def _value(name: str, value: Any) -> Any:
    if value is None or isinstance(value, str | bool | int | float):
        return value
    from pydantic_core import PydanticSerializationError, to_jsonable_python  # noqa: PLC0415  weight

    try:
        return to_jsonable_python(value, fallback=_plain)
    except (PydanticSerializationError, TypeError, ValueError):
        msg = (
            f"The parameter {name} is a {type(value).__name__}, which no JSON holds. Whoever starts"
            " the run gets its parameters as JSON: give an address of the data."
        )
        raise ParameterError(msg) from None


def _plain(value: Any) -> Any:
    # A secret that is given is for the flow; the server keeps it out of what everybody reads.
    if hasattr(value, "get_secret_value"):
        return value.get_secret_value()
    raise TypeError(type(value).__name__)
