"""Check the data of a block by the JSON schema of its type, and what is nested in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from peninsula.core import blocks, secret_places
from peninsula.core.data_places import written
from peninsula.core.errors import InvalidError
from peninsula.server.services.misfits import Misfit, joined, misfits

__all__ = ["check"]

ANY: Final = "block"
"""The type of a field that takes blocks of all types."""

_TYPES: Final = "types"
"""Where a reference says, while it is checked, of which type the block is, and its bases."""


def check(
    data: Mapping[str, Any],
    schema: Mapping[str, Any],
    slug: str,
    nested: Mapping[UUID, Sequence[str]],
) -> None:
    """Refuse data that does not fit the schema. Raises InvalidError naming each field at fault.

    `nested` are the blocks that it refers to: the type of each and what that descends from. One
    that is missing there is taken as it is.
    """
    told = _typed(data, nested)
    # The block itself is no reference.
    top = {key: each for key, each in schema.items() if key != blocks.TYPE_FIELD}
    declared = _with_references(top)
    found = [_of_reference(each, told) for each in misfits(declared, told, f"block type {slug}")]
    if not found:
        return
    msg = f"The block does not fit its type {slug}: {joined(found)}."
    field = written(found[0].place)
    raise InvalidError(msg, field=field, problems=[*map(str, found)])


def _typed(data: Mapping[str, Any], nested: Mapping[UUID, Sequence[str]]) -> Any:
    """Return data whose references say of which types they are, for the schema to judge."""
    said = {
        place: {"$ref": {"block_document_id": str(id_), _TYPES: dict.fromkeys(nested[id_], True)}}
        for place, id_ in blocks.references(data).items()
        if id_ in nested
    }
    return secret_places.join(data, said)


def _with_references(schema: Any) -> Any:
    """Return a schema by which a block may be referred to wherever it may stand itself."""
    if isinstance(schema, list):
        return [*map(_with_references, schema)]
    if not isinstance(schema, dict):
        return schema
    made = {key: _with_references(each) for key, each in schema.items()}
    slug = made.get(blocks.TYPE_FIELD)
    if not isinstance(slug, str):
        return made
    of_type = {} if slug == ANY else {_TYPES: {"required": [slug]}}
    refers = {"type": "object", "required": ["block_document_id"], "properties": of_type}
    return {
        "if": {"type": "object", "required": ["$ref"]},
        "then": {"properties": {"$ref": refers}},
        "else": made,
    }


def _of_reference(found: Misfit, told: Any) -> Misfit:
    """Return the same, said of a block if it is of a reference."""
    match found.place:
        case (*place, "$ref", "types", wanted):
            for key in (*place, "$ref", _TYPES):
                told = told[key]
            text = f"takes a block of type {wanted}, and refers to one of type {next(iter(told))}"
            return Misfit(tuple(place), text)
        case _:
            return found
