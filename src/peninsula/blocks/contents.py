"""Turn a block into data that is stored, secrets and all, and data into what its class takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from msgspec import Raw
from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticSerializationError, to_jsonable_python

from peninsula.core import blocks, codec
from peninsula.core.errors import InvalidError

__all__ = ["contents", "fitting", "reasons"]

Nested = Callable[[BaseModel], UUID | None]
"""Returns the id of a nested block that is saved by itself."""


def contents(block: BaseModel, nested: Nested) -> Raw:
    """Return the fields as JSON: the server encrypts what is secret. Raises InvalidError."""
    try:
        dumped = block.model_dump(mode="json", by_alias=True, warnings=False)
        return Raw(codec.encode(_fields(block, dumped, nested)))
    except (PydanticSerializationError, UnicodeError, TypeError) as problem:
        msg = (
            f"A field of this {type(block).__name__} is no JSON ({type(problem).__name__}). Give it"
            " a type that pydantic writes as JSON."
        )
        raise InvalidError(msg) from None


def _fields(model: BaseModel, dumped: dict[str, Any], nested: Nested) -> dict[str, Any]:
    told = {name: dumped[name] for name in model.model_extra or () if name in dumped}
    for name, field in type(model).model_fields.items():
        written = field.serialization_alias or name
        if written in dumped:
            taken = field.validation_alias if isinstance(field.validation_alias, str) else name
            told[taken] = _revealed(getattr(model, name), dumped[written], nested)
    return told


def _revealed(value: Any, dumped: Any, nested: Nested) -> Any:
    """Return what pydantic dumped of a value, its secrets in place of masks."""
    if hasattr(value, "get_secret_value"):
        return to_jsonable_python(value.get_secret_value())
    if isinstance(value, BaseModel) and isinstance(dumped, dict):
        id_ = nested(value)
        return _fields(value, dumped, nested) if id_ is None else blocks.reference(id_)
    if isinstance(value, Mapping) and isinstance(dumped, dict):
        pairs = zip(dumped.items(), value.values(), strict=True)
        return {name: _revealed(each, written, nested) for (name, written), each in pairs}
    if isinstance(value, list | tuple | set | frozenset) and isinstance(dumped, list):
        return [_revealed(*pair, nested) for pair in zip(value, dumped, strict=True)]
    return dumped


def fitting(cls: type[BaseModel], data: dict[str, Any]) -> dict[str, Any]:
    """Return what of the data the class has fields for: it may be of another version of it."""
    if cls.model_config.get("extra") == "allow":
        return data
    known = {field.alias or name for name, field in cls.model_fields.items()}
    known |= cls.model_fields.keys()
    return {name: value for name, value in data.items() if name in known}


def reasons(problem: ValidationError) -> str:
    """Return what is wrong with which field, without what it holds."""
    return "; ".join(
        f"{'.'.join(map(str, each['loc'])) or 'the whole'}: {each['msg']}"
        for each in problem.errors(include_input=False, include_url=False, include_context=False)
    )
