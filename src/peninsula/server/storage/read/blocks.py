"""Read blocks: their secrets stay masked, or encrypted."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Final
from uuid import UUID

from msgspec import Raw
from sqlalchemy import ColumnElement, Connection, Row, select

from peninsula.core import codec, pages
from peninsula.core.answers import Page
from peninsula.core.blocks import BlockDocument, BlockUse
from peninsula.core.errors import NotFoundError
from peninsula.core.filters import folded
from peninsula.server.storage import tables
from peninsula.server.storage.moments import moment
from peninsula.server.storage.read import walks

__all__ = [
    "block_by_id",
    "block_by_name",
    "document",
    "find_blocks",
    "nested_rows",
    "row_by_name",
    "users_of",
    "uses_of",
]

_documents = tables.block_documents.c
_types = tables.block_types.c
_schemas = tables.block_schemas.c
_references = tables.block_references.c

_ROWS: Final[Any] = (
    select(*tables.block_documents.c, _types.slug, _schemas.checksum)
    .select_from(tables.block_documents)
    .join(tables.block_types, _types.id == _documents.type)
    .join(tables.block_schemas, _schemas.id == _documents.schema)
)


def block_by_id(tx: Connection, id_: UUID) -> BlockDocument:
    """Return a block. Raises NotFoundError."""
    row = tx.execute(_ROWS.where(_documents.id == id_.bytes)).first()
    if row is None:
        msg = f'No block {id_}. Those there are: "peninsula block ls".'
        raise NotFoundError(msg)
    return _found(tx, [row])[0]


def block_by_name(tx: Connection, slug: str, name: str) -> BlockDocument:
    """Return the block of that type and name. Raises NotFoundError."""
    row = row_by_name(tx, slug, name)
    if row is None:
        msg = (
            f'No block {slug}/{name}. Those there are: "peninsula block ls"; make it with'
            f' "peninsula block create {slug} --name {name}", or save it in Python.'
        )
        raise NotFoundError(msg)
    return _found(tx, [row])[0]


def row_by_name(tx: Connection, slug: str, name: str) -> Row[Any] | None:
    """Return the row, with `slug` and `checksum`, None where there is no such block."""
    return tx.execute(_ROWS.where(_types.slug == slug, _documents.name == name)).first()


def nested_rows(tx: Connection, id_: UUID) -> list[Row[Any]]:
    """Return the row of a block and those of all that are nested in it, itself first."""
    rows: dict[bytes, Row[Any]] = {}
    wanted = {id_.bytes}
    while wanted:
        for row in tx.execute(_ROWS.where(_documents.id.in_(wanted)).order_by(_documents.id)):
            rows[bytes(row.id)] = row
        refers = select(_references.refers).where(_references.document.in_(wanted))
        wanted = {bytes(row.refers) for row in tx.execute(refers)} - rows.keys()
    return list(rows.values())


def users_of(tx: Connection, id_: UUID) -> list[str]:
    """Return the blocks that this one is nested in: `sql-database/warehouse`."""
    users = select(_references.document).where(_references.refers == id_.bytes)
    rows = tx.execute(_ROWS.where(_documents.id.in_(users)))
    return sorted(f"{row.slug}/{row.name}" for row in rows)


def find_blocks(
    tx: Connection,
    *,
    types: Collection[str] = (),
    text: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[BlockDocument]:
    """Return a page of blocks by type and name: of these types, with that text in the name."""
    of = pages.digest("blocks", sorted(types), text)
    place = pages.read_cursor(cursor, of, (str, str)) if cursor is not None else None
    back = place is not None and place.back
    slug, name = walks.in_byte_order(tx, _types.slug), walks.in_byte_order(tx, _documents.name)
    statement = _ROWS
    if place is not None:
        statement = statement.where(_beyond(slug, name, place.key, back=back))
    if types:
        statement = statement.where(_types.slug.in_(types))
    if text is not None:
        statement = statement.where(walks.position_of(tx, _documents.name, folded(text)) > 0)
    order = (slug.desc(), name.desc()) if back else (slug.asc(), name.asc())
    rows = tx.execute(statement.order_by(*order).limit(limit + 1)).all()
    page, following, preceding = pages.turn(rows, limit, place, of, _key)
    return Page(items=tuple(_found(tx, page)), next=following, previous=preceding)


def _beyond(
    slug: ColumnElement[str], name: ColumnElement[str], key: pages.Key, *, back: bool
) -> ColumnElement[bool]:
    if back:
        return (slug < key[0]) | ((slug == key[0]) & (name < key[1]))
    return (slug > key[0]) | ((slug == key[0]) & (name > key[1]))


def _key(row: Row[Any]) -> pages.Key:
    return (row.slug, row.name)


def _found(tx: Connection, rows: Iterable[Row[Any]]) -> list[BlockDocument]:
    rows = list(rows)
    ids = [bytes(row.id) for row in rows]
    uses, used_by = uses_of(tx, ids), _used_by(tx, ids)
    return [
        document(row, uses.get(bytes(row.id), []), used_by.get(bytes(row.id), [])) for row in rows
    ]


def uses_of(tx: Connection, ids: Collection[bytes]) -> dict[bytes, list[BlockUse]]:
    """Return what is nested in each of these blocks, by field."""
    return _referred(tx, _references.document, _references.refers, ids)


def _used_by(tx: Connection, ids: Collection[bytes]) -> dict[bytes, list[BlockUse]]:
    """Return those in which each of these blocks is nested."""
    return _referred(tx, _references.refers, _references.document, ids)


def _referred(
    tx: Connection, own: ColumnElement[Any], other: ColumnElement[Any], ids: Collection[bytes]
) -> dict[bytes, list[BlockUse]]:
    statement = (
        select(own.label("own"), _references.field, _documents.id, _documents.name, _types.slug)
        .join_from(tables.block_references, tables.block_documents, _documents.id == other)
        .join(tables.block_types, _types.id == _documents.type)
        .where(own.in_(ids))
    )
    found: dict[bytes, list[BlockUse]] = {}
    for row in sorted(tx.execute(statement), key=lambda row: (row.field, row.slug, row.name)):
        use = BlockUse(field=row.field, block=_uuid(row.id), type=row.slug, name=row.name)
        found.setdefault(bytes(row.own), []).append(use)
    return found


def document(
    row: Row[Any], uses: Iterable[BlockUse], used_by: Iterable[BlockUse] = ()
) -> BlockDocument:
    """Return the block of a row, with what is nested in it, and in what it is nested."""
    return BlockDocument(
        id=_uuid(row.id),
        type=row.slug,
        name=row.name,
        schema=row.checksum,
        data=Raw(row.data.encode()),
        secrets=codec.decode(tuple[str, ...], row.secret_fields.encode()),
        credential_version=row.credential_version,
        expires=None if row.expires is None else moment(row.expires),
        uses=tuple(uses),
        used_by=tuple(used_by),
        created=moment(row.created),
        updated=moment(row.updated),
    )


def _uuid(stored: Any) -> UUID:
    return UUID(bytes=bytes(stored))
