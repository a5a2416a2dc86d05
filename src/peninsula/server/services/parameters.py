"""Check parameters of deployments by the JSON schema that their flow's signature gave."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, NoReturn
from uuid import UUID

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
        validator = jsonschema_rs.validator_for(
            declared, retriever=_refuse, validate_formats=True, formats=_FORMATS
        )
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


def _is_moment(text: str) -> bool:
    # pydantic takes seconds since 1970, too.
    return text.lstrip("-").isdecimal() or _reads(datetime.fromisoformat, text)


def _is_uuid(text: str) -> bool:
    return _reads(UUID, text)


def _reads(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


def _is_free(_: str) -> bool:
    return True


_FORMATS: Final = {
    "date": _is_moment,
    "date-time": _is_moment,
    "uuid": _is_uuid,
    # What pydantic takes for these is more than the standards of JSON schema say.
    **dict.fromkeys(("time", "duration", "uri", "uri-reference", "regex"), _is_free),
}
"""How a text is known to be what a schema says, as loosely as the flow's own check will be."""


def _refuse(uri: str) -> NoReturn:
    # The server asks nobody because a schema says so.
    msg = f"it refers to {uri}; put what is meant into the schema itself"
    raise ValueError(msg)
