"""Write filters as the parameters of an API call. docs/api.md says what each means."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any, Final

from msgspec import Struct, structs

from peninsula.core import terms
from peninsula.core.filters import EventFilter, RunFilter, Sort

__all__ = ["Parameters", "event_parameters", "parameters", "run_parameters", "sort_parameter"]

Parameters = list[tuple[str, str | int | float | bool | None]]
"""Names may repeat."""

_EVENT: Final = {"names": "name", "resources": "resource", "roles": "role"}
_RUN: Final = {
    "ids": "id",
    "types": "state",
    "state_names": "state_name",
    "flows": "flow",
    "tasks": "task",
    "text": "name",
    "tags": "tag",
    "any_tags": "any_tag",
    "deployments": "deployment",
}


def event_parameters(wanted: EventFilter) -> Parameters:
    """Return what asks for these events."""
    plain = _written(structs.replace(wanted, terms=()), _EVENT)
    return plain + parameters(q=terms.write(wanted.terms) or None)


def run_parameters(wanted: RunFilter) -> Parameters:
    """Return what asks for these runs; their kind is in the path."""
    unsaid = {flag for flag in ("top", "under_way") if not getattr(wanted, flag)}
    return [pair for pair in _written(wanted, _RUN) if pair[0] not in unsaid | {"kind"}]


def sort_parameter(sort: Sort) -> str:
    """Return what `core.filters.sorting` reads."""
    return f"-{sort.by.value}" if sort.descending else sort.by.value


def parameters(**values: Any) -> Parameters:
    """Return parameters by name; None is left out, a tuple is repeated."""
    return [
        (name, _text(one))
        for name, value in values.items()
        if value is not None
        for one in (value if isinstance(value, tuple) else (value,))
    ]


def _written(wanted: Struct, names: Mapping[str, str]) -> Parameters:
    fields = structs.asdict(wanted)
    return parameters(**{names.get(field, field): value for field, value in fields.items()})


def _text(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.isoformat()
        case Enum():
            return str(value.value)
        case _:
            return str(value)
