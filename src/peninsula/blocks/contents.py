"""Turn a block into data that is stored, secrets and all, and data into what its class takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass
from typing import Any, Final
from uuid import UUID

from msgspec import Raw, Struct
from pydantic import BaseModel, RootModel, Secret, TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError
from pydantic_core import to_jsonable_python

from peninsula.blocks.aliases import taken_as
from peninsula.blocks.secrecy import is_secret, schema_of, secret_paths
from peninsula.blocks.typed import Typed
from peninsula.core import blocks, codec, data_places
from peninsula.core.data_places import Place
from peninsula.core.errors import InvalidError

__all__ = ["Content", "contents", "fitting", "loosely", "reasons"]

Nested = Callable[[BaseModel], UUID | None]
"""Returns the id of a nested block that is saved by itself."""


class Content(Struct, frozen=True, kw_only=True):
    """What a block holds."""

    data: Raw
    """Its fields as JSON, secrets and all."""
    secrets: tuple[Place, ...]
    """Where in them a value is secret, whatever the block's schema can tell of it."""


def contents(block: BaseModel, nested: Nested) -> Content:
    """Return the fields: the server encrypts what is secret. Raises InvalidError."""
    writing = _Writing(nested)
    try:
        data = Raw(codec.encode(writing.model(block, _dumped(block), ())))
        return Content(data=data, secrets=tuple(writing.secrets))
    except (TypeError, ValueError) as problem:
        msg = (
            f"A field of this {type(block).__name__} is no JSON ({type(problem).__name__}). Give it"
            " a type that pydantic writes as JSON."
        )
        raise InvalidError(msg) from None


def _dumped(model: BaseModel) -> dict[str, Any]:
    return model.model_dump(mode="json", by_alias=True, warnings=False)


class _Writing:
    """Puts secrets in the place of masks in what pydantic dumps, and notes where they are."""

    def __init__(self, nested: Nested) -> None:
        self.secrets: Final[list[Place]] = []
        self._nested = nested

    def value(self, value: Any, dumped: Any) -> Any:
        """Return what pydantic dumped of a value, with its secrets."""
        return self._value("", value, dumped, ())

    def model(self, model: BaseModel, dumped: dict[str, Any], place: Place) -> dict[str, Any]:
        told = {
            name: self._value(name, each, dumped[name], (*place, name))
            for name, each in (model.model_extra or {}).items()
            if name in dumped
        }
        for name, field in type(model).model_fields.items():
            written = field.serialization_alias or name
            if written in dumped:
                taken = taken_as(name, field)
                value = getattr(model, name)
                told[taken] = self._value(name, value, dumped[written], (*place, taken))
        return told

    def _value(self, name: str, value: Any, dumped: Any, place: Place) -> Any:
        if is_secret(name, value):
            self.secrets.append(place)
            # One that is a text by its type is secret by its name, and was dumped as it is.
            return dumped if isinstance(value, str) else _opened(value.get_secret_value())
        if isinstance(value, RootModel):
            return self._value(name, value.root, dumped, place)
        if isinstance(value, BaseModel) and isinstance(dumped, dict):
            return self._nested_model(value, dumped, place)
        return self._collection(value, dumped, place)

    def _collection(self, value: Any, dumped: Any, place: Place) -> Any:
        if is_dataclass(value) and not isinstance(value, type):
            value = {field.name: getattr(value, field.name) for field in fields(value)}
        if isinstance(value, Mapping) and isinstance(dumped, dict):
            pairs = zip(dumped.items(), value.values(), strict=True)
            return {
                key: self._value(key, each, written, (*place, key))
                for (key, written), each in pairs
            }
        if isinstance(value, list | tuple | set | frozenset) and isinstance(dumped, list):
            items = enumerate(zip(value, dumped, strict=True))
            return [self._value("", each, written, (*place, at)) for at, (each, written) in items]
        return dumped

    def _nested_model(
        self, model: BaseModel, dumped: dict[str, Any], place: Place
    ) -> dict[str, Any]:
        id_ = self._nested(model)
        if id_ is not None:
            return blocks.reference(id_)
        _check_whole(model, dumped, place)
        return self.model(model, dumped, place)


def _opened(value: Any) -> Any:
    """Return what is secret as a whole, with the secrets in it, and no reference: it is sealed."""
    dumped = to_jsonable_python(value)
    return _Writing(lambda _: None).value(value, dumped)


def _check_whole(model: BaseModel, dumped: dict[str, Any], place: Place) -> None:
    """Refuse a model of which its field would keep a part: pydantic dumps what is declared."""
    cls = type(model)
    computed = {field.alias or name for name, field in cls.model_computed_fields.items()}
    if not (lost := sorted(_dumped(model).keys() - dumped.keys() - computed)):
        return
    fix = f"declare the field as {cls.__name__}"
    if isinstance(model, Typed):
        fix = f"save it first, and it is referred to; or {fix}"
    msg = (
        f"{data_places.written(place)!r} holds a {cls.__name__}, and is declared as a class"
        f" without {', '.join(map(repr, lost))}, which would be lost. {fix[0].upper()}{fix[1:]}."
    )
    raise InvalidError(msg, field=data_places.written(place))


def fitting(cls: type[BaseModel], data: dict[str, Any]) -> dict[str, Any]:
    """Return what of the data the class has fields for: it may be of another version of it."""
    if cls.model_config.get("extra") == "allow":
        return data
    known = {taken_as(name, field) for name, field in cls.model_fields.items()}
    known |= cls.model_fields.keys()
    return {name: value for name, value in data.items() if name in known}


def loosely(cls: type[BaseModel], data: dict[str, Any]) -> BaseModel:
    """Return a model of data that does not fit: of each field what its type makes of it.

    What that refuses stays as it is, and what is secret stays secret.
    """
    secret = {path.partition(".")[0] for path in secret_paths(schema_of(cls))}
    values = {**data}
    for name, field in cls.model_fields.items():
        taken = taken_as(name, field)
        if (given := next((each for each in (taken, name) if each in values), None)) is not None:
            value = values.pop(given)
            values[name] = _made(field.annotation, value, secret=taken in secret)
    return cls.model_construct(**values)


def _made(annotation: Any, value: Any, *, secret: bool) -> Any:
    with suppress(ValidationError, PydanticUserError):
        return TypeAdapter(annotation).validate_python(value)
    return Secret(value) if secret else value


def reasons(problem: ValidationError) -> str:
    """Return what is wrong with which field, without what it holds."""
    return "; ".join(
        f"{data_places.written(each['loc']) or 'the whole'}: {each['msg']}"
        for each in problem.errors(include_input=False, include_url=False, include_context=False)
    )
