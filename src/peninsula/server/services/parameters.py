"""Check parameters of deployments by the JSON schema that their flow's signature gave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from peninsula.core.errors import InvalidError
from peninsula.server.services.misfits import joined, misfits

__all__ = ["check", "check_schema"]


def check(declared: dict[str, Any], parameters: Mapping[str, Any], *, whole: bool) -> None:
    """Refuse parameters that a schema does not take. Raises InvalidError naming each of them.

    `whole`: what is required must be there. Unless the schema allows more, what it does not name
    is refused as well: the flow would be called with an argument that it does not have.
    """
    if not declared:
        return
    if not whole:
        declared = {key: value for key, value in declared.items() if key != "required"}
    properties = declared.get("properties", {})
    problems = [
        f"{name!r} is none of its parameters ({', '.join(properties) or 'it has none'})"
        for name in parameters
        if declared.get("additionalProperties", False) is False and name not in properties
    ]
    problems += map(str, misfits(declared, dict(parameters), "the parameters"))
    if problems:
        raise InvalidError(f"The parameters do not fit: {joined(problems)}.", problems=problems)


def check_schema(declared: dict[str, Any]) -> None:
    """Refuse what is no JSON schema. Raises InvalidError."""
    if declared:
        misfits(declared, {}, "the parameters")
