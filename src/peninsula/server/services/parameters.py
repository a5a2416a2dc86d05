"""Check parameters of deployments by the JSON schema that their flow's signature gave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NoReturn

from peninsula.core.errors import InvalidError
from peninsula.core.parameters import secret_parameters
from peninsula.core.texts import cut

__all__ = ["check", "check_schema"]

SHOWN: Final = 5
"""Of what does not fit, so many are named."""


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
    problems += _found(declared, parameters)
    if problems:
        more = f"; and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
        msg = f"The parameters do not fit: {'; '.join(problems[:SHOWN])}{more}."
        raise InvalidError(msg, problems=problems)


def check_schema(declared: dict[str, Any]) -> None:
    """Refuse what is no JSON schema. Raises InvalidError."""
    if declared:
        _found(declared, {})


def _found(declared: dict[str, Any], parameters: Mapping[str, Any]) -> list[str]:
    import jsonschema_rs  # noqa: PLC0415  weight: for servers that are asked to run something

    secret = secret_parameters(declared)
    try:
        validator = jsonschema_rs.validator_for(declared, retriever=_refuse)
    except (ValueError, jsonschema_rs.ReferencingError) as problem:
        msg = f"The schema of the parameters is no JSON schema: {cut(str(problem), 200)}"
        raise InvalidError(msg) from None
    told = []
    for error in validator.iter_errors(dict(parameters)):
        path = [str(step) for step in error.instance_path]
        if path and path[0] in secret:
            # What is wrong with a secret would repeat it.
            told.append(f"{path[0]!r} is not what it should be")
        else:
            where = f"{'.'.join(path)!r}: " if path else ""
            told.append(f"{where}{cut(error.message, 200)}")
    return told


def _refuse(uri: str) -> NoReturn:
    # The server asks nobody because a schema says so.
    msg = f"it refers to {uri}; put what is meant into the schema itself"
    raise ValueError(msg)
