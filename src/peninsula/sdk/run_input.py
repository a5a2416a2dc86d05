"""What a paused run asks people for: a pydantic model, or any type that pydantic knows."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, create_model

from peninsula.core.data_places import written
from peninsula.core.errors import InvalidError

__all__ = ["Asked", "RunInput"]

VALUE = "value"
"""The one field of what is no model."""


class RunInput(BaseModel):
    """A form that someone fills in while the run waits.

    >>> class Approval(RunInput):
    ...     approved: bool
    ...     reason: str = ""
    >>> answer = pause_flow_run(wait_for_input=Approval)
    """

    model_config = ConfigDict(extra="forbid")

    _description: ClassVar[str | None] = None

    @classmethod
    def with_initial_data(cls, description: str | None = None, **data: Any) -> type[Self]:
        """Return the same form with a description, and with fields that are filled in already."""
        fields: dict[str, Any] = {
            name: (cls.model_fields[name].annotation, value) for name, value in data.items()
        }
        made: type[Self] = create_model(cls.__name__, __base__=cls, **fields)
        made._description = description  # noqa: SLF001  of the class itself
        return made


class Asked:
    """What one pause asks for: as JSON schema on the way out, as a value on the way back."""

    def __init__(self, type_: Any) -> None:
        """Take a model or a type; None asks for nothing."""
        self._type = type_
        self._adapter: TypeAdapter[Any] | None = None if type_ is None else TypeAdapter(type_)
        self._is_model = isinstance(type_, type) and issubclass(type_, BaseModel)

    def told(self) -> dict[str, Any]:
        """Return what the state of the run says of it; nothing of a pause that asks for nothing."""
        if self._adapter is None:
            return {}
        schema = self._adapter.json_schema()
        if not self._is_model:
            definitions = schema.pop("$defs", None)
            schema = {"type": "object", "properties": {VALUE: schema}, "required": [VALUE]}
            if definitions:
                schema["$defs"] = definitions
        return {"schema": schema, "description": getattr(self._type, "_description", None)}

    def value(self, given: dict[str, Any]) -> Any:
        """Return the value that was given. Raises InvalidError where it does not fit."""
        if self._adapter is None:
            return None
        try:
            return self._adapter.validate_python(given if self._is_model else given.get(VALUE))
        except ValidationError as problem:
            # Without the input: it may be a secret.
            said = "; ".join(
                f"{written(error['loc'])}: {error['msg']}"
                for error in problem.errors(include_url=False, include_input=False)
            )
            raise InvalidError(f"The input that the run was given does not fit: {said}") from None
