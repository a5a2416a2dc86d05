"""Keep the types of blocks, and each schema that one had."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final
from uuid import UUID, uuid4

from msgspec import Raw, Struct
from sqlalchemy import Connection, Row, insert, select, update

from peninsula.core import blocks, codec, pages
from peninsula.core.answers import Page
from peninsula.core.blocks import BlockSchema, BlockType
from peninsula.core.errors import NotFoundError
from peninsula.core.events import Related
from peninsula.core.filters import folded
from peninsula.server.storage import log, tables
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.moments import moment
from peninsula.server.storage.read import walks
from peninsula.server.storage.referee.entries import About, entry
from peninsula.server.storage.referee.moves import Now, uuid_of

__all__ = ["WantedType", "find_types", "register_type", "schema_of", "type_by_slug", "types_of"]

_types = tables.block_types.c
_schemas = tables.block_schemas.c


class WantedType(Struct, frozen=True, kw_only=True):
    """A type as it is to be, checked."""

    slug: str
    name: str
    description: str | None
    logo_url: str | None
    documentation_url: str | None
    code_example: str | None
    fields: bytes
    version: str
    capabilities: tuple[str, ...]


def register_type(
    tx: Connection, dictionary: Dictionary, wanted: WantedType, actor: Related, now: Now
) -> BlockType:
    """Make a type, or have it be as wanted; nothing is told where it is so already."""
    head = log.take_head(tx)
    row = tx.execute(select(tables.block_types).where(_types.slug == wanted.slug)).first()
    id_ = row.id if row is not None else uuid4().bytes
    values = {name: getattr(wanted, name) for name in _SAID}
    values["schema"] = _keep_schema(tx, bytes(id_), wanted, now)
    if row is None:
        made = {"id": id_, "slug": wanted.slug, "created": now.at, "updated": now.at}
        tx.execute(insert(tables.block_types).values(**values, **made))
    elif any(_plain(getattr(row, name)) != value for name, value in values.items()):
        values["updated"] = now.at
        tx.execute(update(tables.block_types).where(_types.id == id_).values(**values))
    else:
        return type_by_slug(tx, wanted.slug)
    found = type_by_slug(tx, wanted.slug)
    _tell(tx, dictionary, head, "created" if row is None else "updated", found, actor, now)
    return found


_SAID: Final = ("name", "description", "logo_url", "documentation_url", "code_example")


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def _keep_schema(tx: Connection, type_: bytes, wanted: WantedType, now: Now) -> bytes:
    """Return the id of the schema that the type is to have, made if it never had it."""
    checksum = blocks.checksum_of(blocks.checked_fields(wanted.fields))
    same = (
        _schemas.type == type_,
        _schemas.checksum == checksum,
        _schemas.version == wanted.version,
    )
    capabilities = codec.encode(wanted.capabilities).decode()
    kept = tx.execute(select(_schemas.id).where(*same)).scalar()
    if kept is not None:
        changed = update(tables.block_schemas).where(_schemas.id == kept)
        tx.execute(changed.values(capabilities=capabilities))
        return bytes(kept)
    id_ = uuid4().bytes
    tx.execute(
        insert(tables.block_schemas).values(
            id=id_,
            type=type_,
            checksum=checksum,
            version=wanted.version,
            capabilities=capabilities,
            fields=wanted.fields.decode(),
            created=now.at,
        )
    )
    return id_


def _tell(
    tx: Connection,
    dictionary: Dictionary,
    head: log.Head,
    what: str,
    about: BlockType,
    actor: Related,
    now: Now,
) -> None:
    said = {
        "slug": about.slug,
        "version": about.schema.version,
        "checksum": about.schema.checksum,
        "capabilities": about.schema.capabilities,
    }
    told = entry(About("block-type", about.id, about.name), what, said, now, [actor])
    log.append(tx, dictionary, head, [told])


# --- what there is -------------------------------------------------------------------------------

_columns = (
    *tables.block_types.c,
    _schemas.id.label("schema_id"),
    _schemas.checksum,
    _schemas.version,
    _schemas.capabilities,
    _schemas.fields,
    _schemas.created.label("schema_created"),
)
_joined = tables.block_types.join(tables.block_schemas, _schemas.id == _types.schema)


def type_by_slug(tx: Connection, slug: str) -> BlockType:
    """Return the type of that slug. Raises NotFoundError."""
    row = tx.execute(select(*_columns).select_from(_joined).where(_types.slug == slug)).first()
    if row is None:
        msg = (
            f'No block type {slug!r}. Those there are: "peninsula block type ls"; register yours:'
            ' "peninsula block register -m MODULE".'
        )
        raise NotFoundError(msg)
    return _type(row)


def schema_of(tx: Connection, slug: str, checksum: str | None) -> BlockSchema:
    """Return the type's schema with that checksum, None: the newest. Raises NotFoundError."""
    newest = type_by_slug(tx, slug)
    if checksum is None or checksum == newest.schema.checksum:
        return newest.schema
    found = tx.execute(
        select(tables.block_schemas)
        .where(_schemas.type == newest.id.bytes, _schemas.checksum == checksum)
        .order_by(_schemas.created.desc(), _schemas.id)
    ).first()
    if found is None:
        msg = f"Block type {slug!r} never had the schema {checksum[:80]!r}. Register it first."
        raise NotFoundError(msg)
    return BlockSchema(
        id=uuid_of(found.id),
        checksum=found.checksum,
        version=found.version,
        capabilities=codec.decode(tuple[str, ...], found.capabilities.encode()),
        fields=Raw(found.fields.encode()),
        created=moment(found.created),
    )


def types_of(tx: Connection, ids: Collection[UUID]) -> dict[UUID, tuple[str, ...]]:
    """Return of each of these blocks that is there its type, and those that this descends from."""
    documents = tables.block_documents.c
    statement = (
        select(documents.id, _types.slug, _schemas.fields)
        .select_from(_joined)
        .join(tables.block_documents, documents.type == _types.id)
        .where(documents.id.in_([id_.bytes for id_ in ids]))
    )
    return {
        uuid_of(row.id): (
            row.slug,
            *blocks.bases(codec.decode(dict[str, Any], row.fields.encode())),
        )
        for row in tx.execute(statement)
    }


def find_types(
    tx: Connection, *, text: str | None = None, limit: int = 50, cursor: str | None = None
) -> Page[BlockType]:
    """Return a page of types by slug: with that text in the slug."""
    of = pages.digest("block-types", text)
    place = pages.read_cursor(cursor, of, (str,)) if cursor is not None else None
    back = place is not None and place.back
    slug = walks.in_byte_order(tx, _types.slug)
    statement = select(*_columns).select_from(_joined)
    if place is not None:
        statement = statement.where(slug < place.key[0] if back else slug > place.key[0])
    if text is not None:
        statement = statement.where(walks.position_of(tx, _types.slug, folded(text)) > 0)
    rows = tx.execute(statement.order_by(slug.desc() if back else slug.asc()).limit(limit + 1))
    page, following, preceding = pages.turn(rows.all(), limit, place, of, _key)
    return Page(items=tuple(map(_type, page)), next=following, previous=preceding)


def _key(row: Row[Any]) -> pages.Key:
    return (row.slug,)


def _type(row: Row[Any]) -> BlockType:
    return BlockType(
        id=uuid_of(row.id),
        slug=row.slug,
        name=row.name,
        description=row.description,
        logo_url=row.logo_url,
        documentation_url=row.documentation_url,
        code_example=row.code_example,
        schema=BlockSchema(
            id=uuid_of(row.schema_id),
            checksum=row.checksum,
            version=row.version,
            capabilities=codec.decode(tuple[str, ...], row.capabilities.encode()),
            fields=Raw(row.fields.encode()),
            created=moment(row.schema_created),
        ),
        created=moment(row.created),
        updated=moment(row.updated),
    )
