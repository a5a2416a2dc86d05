"""What a stored block is: its type, the schema of its fields, its data, its secrets."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta, Raw, Struct

from peninsula.core import codec, limits
from peninsula.core.data_places import Place
from peninsula.core.errors import InvalidError, TooLargeError

__all__ = [
    "BASES_FIELD",
    "CHECKED_FIELD",
    "EXPIRES_FIELD",
    "PASSWORD_FIELD",
    "PASSWORD_FIELDS",
    "SECRET_FIELDS",
    "TYPE_FIELD",
    "BlockActivity",
    "BlockDocument",
    "BlockSchema",
    "BlockType",
    "BlockUse",
    "Opened",
    "OpenedBlock",
    "Rotated",
    "bases",
    "checked_by_class",
    "checked_data",
    "checked_fields",
    "checksum_of",
    "expiry_of",
    "password_fields",
    "reference",
    "references",
    "secret_fields",
]

SECRET_FIELDS: Final = "secret_fields"  # noqa: S105  a name
"""Where a schema lists its secrets, as Prefect's do: `password`, `auth.token`, `headers.*`."""

TYPE_FIELD: Final = "block_type_slug"
"""Where a schema says which type of block it is of, as Prefect's do: also of a nested one."""

BASES_FIELD: Final = "block_type_bases"
"""Where a schema lists the types that its class descends from: it stands wherever these may."""

CHECKED_FIELD: Final = "checked_by_class"
"""Where a schema lists the fields that validators of its class check beyond it; `*` is all."""

EXPIRES_FIELD: Final = "expires_field"
"""Where a schema says which field holds the moment at which the credential ends."""

PASSWORD_FIELD: Final = "password_field"  # noqa: S105  a name
"""Where the schema of an address says which field beside it is its password."""

PASSWORD_FIELDS: Final = "password_fields"  # noqa: S105  a name
"""Where the schema of a block lists these: `{"credentials.url": "password"}`."""


class BlockSchema(Struct, frozen=True, kw_only=True):
    """The fields that a block type has in one version of its code."""

    id: UUID
    checksum: str
    """`sha256:` and the hash of the fields: the same fields are the same schema."""
    version: str
    capabilities: tuple[str, ...]
    fields: Raw
    """JSON schema, to make a form of."""
    created: datetime


class BlockType(Struct, frozen=True, kw_only=True):
    """A kind of block, with the schema that was registered last."""

    id: UUID
    slug: str
    name: str
    description: str | None
    logo_url: str | None
    documentation_url: str | None
    code_example: str | None
    schema: BlockSchema
    created: datetime
    updated: datetime


class BlockUse(Struct, frozen=True, kw_only=True):
    """A block that is nested in another: of these two, the other one."""

    field: str
    """Where it is nested: `credentials`, `stores.0`."""
    block: UUID
    type: str
    name: str


class BlockDocument(Struct, frozen=True, kw_only=True):
    """A block that was saved. Its secrets are masked."""

    id: UUID
    type: str
    """Slug of its type; with the name it is what `load` takes: `s3-bucket/lake`."""
    name: str
    schema: str
    """Checksum of the schema it was saved by."""
    data: Raw
    """Its fields; `{"$ref": {"block_document_id": …}}` stands for a nested block."""
    secrets: tuple[str, ...]
    """The fields whose secret is set."""
    credential_version: str | None
    """Changes with the secrets and tells nothing of them; None: there are none."""
    expires: datetime | None
    """When the credential ends, where the block says so."""
    uses: tuple[BlockUse, ...]
    used_by: tuple[BlockUse, ...] = ()
    """Those in which it is nested."""
    created: datetime
    updated: datetime


class BlockActivity(Struct, frozen=True, kw_only=True):
    """What flow runs lately did with a block."""

    block: UUID
    system: str | None
    """What its calls go to; None: nothing is known of any."""
    last: datetime | None
    """When a run touched it last, itself or through a block in which it is nested."""
    completed: int
    """Of the newest flow runs that touched it, at most 50."""
    failed: int
    """Or crashed."""


class OpenedBlock(Struct, frozen=True, kw_only=True):
    """A block with its secrets."""

    id: UUID
    type: str
    name: str
    schema: str
    data: Raw
    credential_version: str | None
    expires: datetime | None


class Opened(Struct, frozen=True, kw_only=True):
    """A block and all that are nested in it, itself first."""

    blocks: tuple[OpenedBlock, ...]


class Rotated(Struct, frozen=True, kw_only=True):
    """What a rotation did."""

    key: str
    """Fingerprint of the key that encrypts from now on."""
    blocks: int
    """How many were encrypted anew."""
    exposed: int = 0
    """How many had a secret in clear, as an older version has saved them; it is encrypted now."""


# --- fields --------------------------------------------------------------------------------------


def checked_fields(fields: bytes) -> Mapping[str, Any]:
    """Return the schema. Raises InvalidError or TooLargeError for what is none."""
    if len(fields) > limits.SCHEMA_BYTES:
        msg = f"The schema has {len(fields)} bytes; the limit is {limits.SCHEMA_BYTES}."
        raise TooLargeError(msg, limit=limits.SCHEMA_BYTES)
    codec.check_json(fields, "schema")
    schema = codec.decode(dict[str, Any], fields)
    _check(schema, "properties", dict[str, Any], "a JSON object of the fields")
    _check(schema, "required", list[str], "a list of names")
    _check(schema, SECRET_FIELDS, list[str], 'a list of paths, like ["password", "auth.token"]')
    of_passwords = 'names of fields without dots by paths, {"url": "password"}'
    _check(schema, PASSWORD_FIELDS, dict[str, _Key], of_passwords)
    _check(schema, BASES_FIELD, list[str], "a list of slugs of block types")
    _check(schema, CHECKED_FIELD, list[str], "a list of names of fields, or of *")
    _check(schema, EXPIRES_FIELD, str, "the name of a field")
    return schema


_Key: TypeAlias = Annotated[str, Meta(pattern=r"^[^.]+\Z")]
"""A part of a path."""


def _check(schema: Mapping[str, Any], name: str, kind: Any, what: str) -> None:
    try:
        if name in schema:
            msgspec.convert(schema[name], kind)
    except msgspec.ValidationError:
        raise InvalidError(f"{name!r} of the schema is no such thing. Give {what}.") from None


def checksum_of(schema: Mapping[str, Any]) -> str:
    """Return what is the same for the same fields, in whatever order they are written."""
    return f"sha256:{hashlib.sha256(msgspec.json.encode(schema, order='sorted')).hexdigest()}"


def bases(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the types that the class of a schema descends from."""
    return tuple(schema.get(BASES_FIELD, ()))


def checked_by_class(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the fields that only the class checks wholly; `*` is the block as a whole."""
    return tuple(schema.get(CHECKED_FIELD, ()))


def secret_fields(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the paths of the fields that are secret; `*` is any key or position.

    So is each field that the password of an address is moved to.
    """
    passwords = (
        ".".join((*path.split(".")[:-1], field)) for path, field in password_fields(schema).items()
    )
    return (*schema.get(SECRET_FIELDS, ()), *passwords)


def password_fields(schema: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the fields that passwords of addresses are of, by the paths of the addresses."""
    found: Mapping[str, str] = schema.get(PASSWORD_FIELDS, {})
    return found


def checked_data(data: bytes, schema: Mapping[str, Any], slug: str) -> dict[str, Any]:
    """Return the data of a block that has the fields of its type.

    Raises InvalidError naming the field at fault, or TooLargeError.
    """
    if len(data) > limits.BLOCK_BYTES:
        msg = (
            f"The block has {len(data)} bytes; the limit is {limits.BLOCK_BYTES}."
            " Keep large data in a file, and its address in the block."
        )
        raise TooLargeError(msg, limit=limits.BLOCK_BYTES)
    codec.check_json(data, "data")
    fields = codec.decode(dict[str, Any], data)
    known = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in fields:
            msg = f"A block of type {slug} needs the field {name!r}. Give it."
            raise InvalidError(msg, field=name)
    if unknown := [] if schema.get("additionalProperties") else sorted(fields.keys() - known):
        has = ", ".join(sorted(known)) or "none"
        msg = f"A block of type {slug} has no field {unknown[0][:60]!r}. Its fields: {has}."
        raise InvalidError(msg, field=unknown[0][:60])
    return fields


def expiry_of(data: Mapping[str, Any], schema: Mapping[str, Any]) -> datetime | None:
    """Return when the credential ends, where the schema names a field that says so."""
    said = data.get(schema.get(EXPIRES_FIELD, ""))
    if said is None:
        return None
    try:
        at = msgspec.convert(said, datetime)
    except msgspec.ValidationError:
        msg = f"{schema[EXPIRES_FIELD]!r} is no moment. Write it like 2026-01-31T02:13:00Z."
        raise InvalidError(msg, field=schema[EXPIRES_FIELD]) from None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


# --- nested blocks -------------------------------------------------------------------------------

_REF: Final = "$ref"
_DOCUMENT: Final = "block_document_id"


def reference(id_: UUID) -> dict[str, Any]:
    """Return what stands for a nested block in data, as in Prefect."""
    return {_REF: {_DOCUMENT: str(id_)}}


def references(data: Any) -> dict[Place, UUID]:
    """Return the blocks that are nested in data, by their place."""
    return dict(_references(data, ()))


def _references(value: Any, place: Place) -> Iterator[tuple[Place, UUID]]:
    match value:
        case {"$ref": {"block_document_id": str(text), **more}, **others} if not more | others:
            yield place, codec.id_of(text, "block id")
        case dict():
            for key, item in value.items():
                yield from _references(item, (*place, key))
        case list():
            for at, item in enumerate(value):
                yield from _references(item, (*place, at))
