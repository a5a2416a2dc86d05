"""Encrypt secrets that are in clear: a version that knew less of what is secret has saved them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, select, update

from peninsula.core import blocks, codec, secret_places
from peninsula.core.data_places import written
from peninsula.server.ring import Keys, Ring
from peninsula.server.storage import tables
from peninsula.server.storage.referee import sealing

__all__ = ["START", "Looked", "seal_exposed"]

CHUNK: Final = 100
"""Blocks of one unit, which takes milliseconds."""

START: Final = bytes(16)
"""The id after which a search begins."""

_documents = tables.block_documents.c
_types = tables.block_types.c
_schemas = tables.block_schemas.c
_own = tables.block_schemas.alias("own_schemas").c


class Looked(NamedTuple):
    """What a look at some blocks came to."""

    last: bytes | None
    """The id of the last one, after which the next look begins; None: there are no more."""
    sealed: int
    """How many had a secret in clear."""


def seal_exposed(tx: Connection, keys: Keys, after: bytes) -> Looked:
    """Encrypt what is in clear and secret in a chunk of blocks.

    That is what the newest schema of their type says, or the name of a text. Raises
    UnavailableError for a block whose other secrets no key opens.
    """
    rows: Sequence[Any] = tx.execute(
        select(*tables.block_documents.c, _types.slug, _schemas.fields, _own.fields.label("own"))
        .join_from(tables.block_documents, tables.block_types, _types.id == _documents.type)
        .join(tables.block_schemas, _schemas.id == _types.schema)
        .join(_own.id.table, _own.id == _documents.schema)
        .where(_documents.id > after)
        .order_by(_documents.id)
        .limit(CHUNK)
        .with_for_update(of=tables.block_documents)
    ).all()
    ring = keys()
    sealed = sum(_sealed(tx, ring, row) for row in rows)
    return Looked(bytes(rows[-1].id) if rows else None, sealed)


def _sealed(tx: Connection, ring: Ring, row: Row[Any]) -> bool:
    data = codec.decode(dict[str, Any], row.data.encode())
    schemas = [codec.decode(dict[str, Any], fields.encode()) for fields in (row.fields, row.own)]
    paths = [path for schema in schemas for path in blocks.secret_fields(schema)]
    masked, found = secret_places.split(data, paths)
    if all(map(secret_places.is_masked, found.values())):
        return False
    before = sealing.opened(ring, row)
    known = {} if before is None else before.secrets
    exposed = {place: secret_places.kept(value, known.get(place)) for place, value in found.items()}
    secrets = known | {place: value for place, value in exposed.items() if value is not None}
    content = sealing.content(secrets, before)
    token = ring.seal(codec.encode(content))
    changed = {
        "data": codec.encode(masked).decode(),
        "secret_fields": codec.encode([*map(written, secrets)]).decode(),
        "secrets": token.token,
        "key": token.key,
        "credential_version": sealing.version_of(content),
    }
    tx.execute(update(tables.block_documents).where(_documents.id == row.id).values(**changed))
    return True
