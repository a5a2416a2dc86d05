"""Fill in job templates: what a worker starts, with placeholders for what deployments may set."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from peninsula.core.errors import InvalidError

__all__ = ["as_taken", "by_default", "check_template", "check_variables", "filled_in"]

CONFIGURATION: Final = "job_configuration"
VARIABLES: Final = "variables"

_PLACEHOLDER: Final = re.compile(r"\{\{\s*([A-Za-z_][\w.-]*)\s*\}\}")

_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
    "null": (type(None),),
}
"""Those of JSON schema."""


class _Missing:
    """Stands for a variable without a value: what holds its placeholder is left out."""


_MISSING: Final = _Missing()


# --- is it a template ----------------------------------------------------------------------------


def check_template(template: Any) -> None:
    """Refuse what is no job template. The message names the key at fault. Raises InvalidError."""
    if not isinstance(template, dict):
        raise InvalidError(f"The base job template is {_noun(template)}. Give a JSON object.")
    unknown = sorted(set(template) - {CONFIGURATION, VARIABLES})
    if unknown:
        msg = (
            f"The base job template has the key {unknown[0]!r}."
            f" It holds {CONFIGURATION} and {VARIABLES}."
        )
        raise InvalidError(msg)
    configuration = template.get(CONFIGURATION, {})
    if not isinstance(configuration, dict):
        raise InvalidError(f"{CONFIGURATION} is {_noun(configuration)}. Give a JSON object.")
    known = _variables(template)
    for name, schema in known.items():
        _check_default(name, schema)
    for place, name in _placeholders(configuration, CONFIGURATION):
        if name not in known:
            listed = ", ".join(sorted(known)) or "none"
            msg = (
                f"{place} names {{{{ {name} }}}}, which is no variable of the template."
                f" Its {VARIABLES}.properties are: {listed}."
            )
            raise InvalidError(msg)


def _variables(template: Mapping[str, Any]) -> dict[str, Any]:
    schema = template.get(VARIABLES, {})
    properties = schema.get("properties", {}) if isinstance(schema, dict) else None
    if not isinstance(properties, dict):
        msg = (
            f"{VARIABLES} is no JSON schema of an object."
            ' Give {"type": "object", "properties": {…}}.'
        )
        raise InvalidError(msg)
    for name, each in properties.items():
        if not isinstance(each, dict):
            msg = f"{VARIABLES}.properties.{name} is {_noun(each)}. Give a JSON schema."
            raise InvalidError(msg)
    required = schema.get("required", [])
    if not isinstance(required, list) or any(name not in properties for name in required):
        msg = f"{VARIABLES}.required lists what {VARIABLES}.properties does not have: {required}."
        raise InvalidError(msg)
    return properties


def _check_default(name: str, schema: Mapping[str, Any]) -> None:
    if "default" in schema and not _fits(schema["default"], schema):
        msg = (
            f"{VARIABLES}.properties.{name}.default is {_noun(schema['default'])}, not"
            f" {_wanted(schema)}."
        )
        raise InvalidError(msg)


def _placeholders(value: Any, place: str) -> Iterator[tuple[str, str]]:
    match value:
        case str():
            yield from ((place, found) for found in _PLACEHOLDER.findall(value))
        case dict():
            for key, inner in value.items():
                yield from ((f"{place} (a key)", name) for name in _PLACEHOLDER.findall(key))
                yield from _placeholders(inner, f"{place}.{key}")
        case list():
            for number, inner in enumerate(value):
                yield from _placeholders(inner, f"{place}[{number}]")


# --- fill it in ----------------------------------------------------------------------------------


def check_variables(template: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """Refuse job variables that the template does not take, or that are of another type.

    Raises InvalidError naming the variable.
    """
    _values(template, given)


def as_taken(template: Mapping[str, Any], name: str, value: Any, text: str) -> Any:
    """Return the value that a text was read as, or the text where the variable takes only that."""
    schema = _variables(template).get(name, {})
    return text if not _fits(value, schema) and _fits(text, schema) else value


def filled_in(template: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the job configuration with variables, or their defaults, in place of placeholders.

    A placeholder that is the whole of a text becomes the value itself; inside of a text it becomes
    text. What would hold a variable that has no value is left out. Raises InvalidError.
    """
    return _filled_in(template, _values(template, given))


def by_default(
    template: Mapping[str, Any], given: Mapping[str, Any] = MappingProxyType({})
) -> dict[str, Any]:
    """Return the job configuration where nobody gives a variable, or only these.

    What needs another one is left out.
    """
    return _filled_in(template, {**_defaults(template), **given})


def _filled_in(template: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: filled
        for key, value in template.get(CONFIGURATION, {}).items()
        if (filled := _fill(value, values)) is not _MISSING
    }


def _defaults(template: Mapping[str, Any]) -> dict[str, Any]:
    known = _variables(template).items()
    return {name: schema["default"] for name, schema in known if "default" in schema}


def _values(template: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    properties, values = _variables(template), _defaults(template)
    for name, value in given.items():
        if name not in properties:
            listed = ", ".join(sorted(properties)) or "none"
            msg = f"The work pool has no job variable {name!r}. Its variables are: {listed}."
            raise InvalidError(msg, place=["job_variables", name])
        if not _fits(value, properties[name]):
            msg = (
                f"The job variable {name!r} is {_noun(value)}; the work pool takes"
                f" {_wanted(properties[name])}."
            )
            raise InvalidError(msg, place=["job_variables", name])
        values[name] = _merged(values.get(name), value)
    missing = [
        name for name in template.get(VARIABLES, {}).get("required", []) if name not in values
    ]
    if missing:
        msg = (
            f"The job variable {missing[0]!r} has no value. Set it in job_variables of the"
            " deployment or the run, or give it a default in the work pool."
        )
        raise InvalidError(msg, place=["job_variables"])
    return values


def _merged(default: Any, value: Any) -> Any:
    # As of `env`: what a deployment adds does not take away what the pool sets.
    if isinstance(default, dict) and isinstance(value, dict):
        return {**default, **value}
    return value


def _fill(value: Any, values: Mapping[str, Any]) -> Any:
    match value:
        case str():
            return _fill_text(value, values)
        case dict():
            filled = {_fill_text(key, values): _fill(inner, values) for key, inner in value.items()}
            return {key: inner for key, inner in filled.items() if inner is not _MISSING}
        case list():
            return [inner for each in value if (inner := _fill(each, values)) is not _MISSING]
        case _:
            return value


def _fill_text(text: str, values: Mapping[str, Any]) -> Any:
    whole = _PLACEHOLDER.fullmatch(text.strip())
    if whole is not None:
        return values.get(whole[1], _MISSING)
    return _PLACEHOLDER.sub(lambda found: _said(values.get(found[1])), text)


def _said(value: Any) -> str:
    return "" if value is None else str(value)


# --- types ---------------------------------------------------------------------------------------


def _fits(value: Any, schema: Mapping[str, Any]) -> bool:
    """Tell whether a value is of the type that the schema says, as far as this looks."""
    if "enum" in schema:
        return value in schema["enum"]
    for several in ("anyOf", "oneOf"):
        if isinstance(schema.get(several), list):
            return any(_fits(value, each) for each in schema[several] if isinstance(each, dict))
    named = schema.get("type")
    names = named if isinstance(named, list) else [named] if named is not None else []
    return not names or any(_is_a(value, name) for name in names)


def _is_a(value: Any, name: str) -> bool:
    types = _TYPES.get(name)
    if types is None:
        return True
    if isinstance(value, bool):
        return bool in types
    return isinstance(value, types)


def _wanted(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return "one of " + ", ".join(map(repr, schema["enum"]))
    named = schema.get("type")
    if isinstance(named, list):
        return " or ".join(map(str, named))
    return f"{'an' if str(named)[:1] in 'aeiou' else 'a'} {named}" if named else "another shape"


def _noun(value: Any) -> str:
    names = {dict: "an object", list: "an array", str: "a text", bool: "true or false"}
    if value is None:
        return "null"
    return names.get(type(value), "a number")
