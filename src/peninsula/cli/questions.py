"""Say what a run that waits for people asks for, and how it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from peninsula.cli import output
from peninsula.core import codec
from peninsula.core.runs import Run
from peninsula.core.states import StateType
from peninsula.core.work import PAUSE_INPUT

__all__ = ["show"]


def show(run: Run) -> None:
    """Print the fields that a run which waits for people asks for, if it does."""
    if run.state.type is not StateType.PAUSED:
        return
    asked = run.state.details.get(PAUSE_INPUT) or {}
    schema = asked.get("schema") or {}
    fields: Mapping[str, Any] = schema.get("properties") or {}
    required = schema.get("required") or []
    if fields:
        output.show_heading("It asks for:")
        if asked.get("description"):
            output.show(output.block(asked["description"]))
        output.show_fields(
            (name, _field(each, required=name in required)) for name, each in fields.items()
        )
    given = "".join(f" --input {name}=…" for name in required or list(fields)[:1])
    output.note(f"\nLet it go on: peninsula flow-run resume {run.id}{given}")


def _field(schema: Mapping[str, Any], *, required: bool) -> str:
    kinds = schema.get("anyOf") or [schema]
    said = [" or ".join(_kind(each) for each in kinds)]
    if schema.get("description"):
        said.append(str(schema["description"]))
    if not required:
        said.append(f"{codec.encode(schema.get('default')).decode()} by default")
    return "; ".join(said)


def _kind(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return "one of " + ", ".join(codec.encode(each).decode() for each in schema["enum"])
    return str(schema.get("format") or schema.get("type") or "an object")
