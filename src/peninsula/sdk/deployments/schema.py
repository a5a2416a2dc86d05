"""Say as JSON schema what a flow takes, for forms and for checks before it runs."""

from __future__ import annotations

from inspect import Parameter
from typing import TYPE_CHECKING, Any, Final

from peninsula.core.errors import ParameterError
from peninsula.sdk.deployments.values import jsonable

if TYPE_CHECKING:
    from peninsula.sdk.definitions import Definition

__all__ = ["parameter_schema"]

_NAMED: Final = frozenset({Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY})


def parameter_schema(flow: Definition) -> dict[str, Any]:
    """Return the schema of a flow's parameters; what pydantic cannot describe may be anything."""
    signature = flow.signature
    hints = signature.hints()
    properties: dict[str, Any] = {}
    required: list[str] = []
    definitions: dict[str, Any] = {}
    more = False
    for name in signature.names:
        kind = signature.kind(name)
        if kind is Parameter.VAR_KEYWORD:
            more = True
        if kind not in _NAMED:
            continue
        described = _described(hints.get(name, Any))
        definitions |= described.pop("$defs", {})
        described = {"title": name, "position": len(properties), **described}
        if name in signature.defaults:
            described |= _default(signature.defaults[name])
        else:
            required.append(name)
        properties[name] = described
    schema: dict[str, Any] = {"title": "Parameters", "type": "object", "properties": properties}
    if required:
        schema["required"] = required
    if more:
        schema["additionalProperties"] = True
    if definitions:
        schema["definitions"] = definitions
    return schema


def _described(hint: Any) -> dict[str, Any]:
    if hint is Any:
        return {}
    if hint in _PLAIN:
        return {"type": _PLAIN[hint]}
    from pydantic import ConfigDict, PydanticUserError, TypeAdapter  # noqa: PLC0415  weight
    from pydantic.errors import PydanticUndefinedAnnotation  # noqa: PLC0415  weight

    try:
        try:
            adapter: Any = TypeAdapter(hint, config=ConfigDict(arbitrary_types_allowed=True))
        except PydanticUserError as problem:
            if problem.code != "type-adapter-config-unused":
                raise
            adapter = TypeAdapter(hint)  # a model brings its own configuration
        described: dict[str, Any] = adapter.json_schema(
            ref_template="#/definitions/{model}", schema_generator=_generator()
        )
    except (PydanticUserError, PydanticUndefinedAnnotation):
        return {}
    return described


_PLAIN: Final[dict[Any, str]] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
}
"""Most parameters are of these, and pydantic is 50 ms."""


def _generator() -> Any:
    from pydantic.json_schema import GenerateJsonSchema  # noqa: PLC0415  weight

    class Lenient(GenerateJsonSchema):
        """Takes what it cannot describe for anything."""

        def emit_warning(self, kind: Any, detail: str) -> None:
            """Say nothing: what a form cannot show, the flow still checks."""

        def handle_invalid_for_json_schema(self, schema: Any, error_info: str) -> Any:  # noqa: ARG002
            return {}

    return Lenient


def _default(value: Any) -> dict[str, Any]:
    if hasattr(value, "get_secret_value"):
        return {}
    try:
        return {"default": jsonable({"default": value})["default"]}
    except ParameterError:
        return {}
