"""Keep blocks. Each change appends its event, which says everything but what the block holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from msgspec import Struct
from sqlalchemy import Connection, Row, delete, insert, select, update

from peninsula.core import blocks, codec, secret_places
from peninsula.core.blocks import BlockDocument, BlockSchema, BlockUse
from peninsula.core.data_places import Place, written
from peninsula.core.errors import ConflictError, InvalidError
from peninsula.core.events import Related
from peninsula.core.resources import own
from peninsula.server.ring import Keys
from peninsula.server.storage import log, tables
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.moments import micros
from peninsula.server.storage.read import blocks as read
from peninsula.server.storage.referee import sealing
from peninsula.server.storage.referee.entries import About, entry
from peninsula.server.storage.referee.moves import Now, uuid_of

__all__ = ["WantedBlock", "delete_block", "save_block", "tell"]

_documents = tables.block_documents.c
_references = tables.block_references.c


class WantedBlock(Struct, frozen=True, kw_only=True):
    """A block as it is to be, checked against its schema."""

    type: str
    name: str
    schema: BlockSchema
    data: dict[str, Any]
    """Its secrets masked."""
    secrets: dict[Place, Any]
    """A mask among them: the one it has stays."""
    expires: datetime | None


def save_block(
    tx: Connection,
    dictionary: Dictionary,
    wanted: WantedBlock,
    keys: Keys,
    actor: Related,
    now: Now,
    *,
    overwrite: bool,
) -> BlockDocument:
    """Save a block. There may be no key where there are no secrets.

    Nothing is told of one that is so already: nobody changed it. Raises ConflictError when it is
    there, and is not to be overwritten.
    """
    head = log.take_head(tx)
    row = read.row_by_name(tx, wanted.type, wanted.name)
    if row is not None and not overwrite:
        msg = (
            f"There is a block {wanted.type}/{wanted.name} already. Change it with overwrite=True,"
            " on the command line with --overwrite."
        )
        raise ConflictError(msg, name=wanted.name)
    id_ = uuid4() if row is None else uuid_of(row.id)
    nested = blocks.references(wanted.data)
    _check_nested(tx, wanted, id_, nested)
    values = _values(wanted, row, keys, now)
    if row is not None and _is_so(row, values):
        return read.block_by_id(tx, id_)
    if row is None:
        made = {"id": id_.bytes, "name": wanted.name, "created": now.at}
        type_ = select(tables.block_types.c.id).where(tables.block_types.c.slug == wanted.type)
        made["type"] = tx.execute(type_).scalar_one()
        tx.execute(insert(tables.block_documents).values(**values, **made))
    else:
        tx.execute(update(tables.block_documents).where(_documents.id == row.id).values(**values))
    _keep_references(tx, id_, nested)
    found = read.block_by_id(tx, id_)
    tell(tx, dictionary, head, "created" if row is None else "updated", [found], (actor,), now)
    return found


def _values(wanted: WantedBlock, row: Row[Any] | None, keys: Keys, now: Now) -> dict[str, Any]:
    values = {
        "schema": wanted.schema.id.bytes,
        "data": codec.encode(wanted.data).decode(),
        "secret_fields": codec.encode([*map(written, wanted.secrets)]).decode(),
        "secrets": None,
        "key": None,
        "credential_version": None,
        "expires": None if wanted.expires is None else micros(wanted.expires),
        "updated": now.at,
    }
    if wanted.secrets:
        ring = keys()
        before = None if row is None else sealing.found(ring, row)
        secrets = _with_kept(wanted, {} if before is None else before.secrets)
        content = sealing.content(secrets, before)
        sealed = ring.seal(codec.encode(content))
        version = sealing.version_of(content)
        values |= {"secrets": sealed.token, "key": sealed.key, "credential_version": version}
    return values


def _is_so(row: Row[Any], values: Mapping[str, Any]) -> bool:
    """Tell whether a block is as it is to be; of its secrets, their version says it."""
    return bytes(row.schema) == values["schema"] and all(
        _in_order(getattr(row, name)) == _in_order(values[name])
        for name in ("data", "secret_fields", "credential_version", "expires")
    )


def _in_order(value: Any) -> Any:
    """Return JSON as what it says, in whatever order that stands; anything else as it is."""
    if not isinstance(value, str) or not value.startswith(("{", "[")):
        return value
    said = codec.decode(Any, value.encode())
    return sorted(said) if isinstance(said, list) else said


def _with_kept(wanted: WantedBlock, before: Mapping[Place, Any]) -> dict[Place, Any]:
    """Return the secrets, in place of each mask what was there."""
    found = {}
    for place, given in wanted.secrets.items():
        secret = secret_places.kept(given, before.get(place))
        if secret is None:
            named = written(place)
            msg = f"The secret {named!r} is masked, and none is set. Give its value."
            raise InvalidError(msg, field=named)
        found[place] = secret
    return found


def _check_nested(
    tx: Connection, wanted: WantedBlock, id_: UUID, nested: Mapping[Place, UUID]
) -> None:
    for place, block in nested.items():
        field = written(place)
        if tx.execute(select(_documents.id).where(_documents.id == block.bytes)).first() is None:
            msg = f"{field!r} refers to block {block}, which is not there. Save that one first."
            raise InvalidError(msg, field=field)
        if any(bytes(row.id) == id_.bytes for row in read.nested_rows(tx, block)):
            msg = (
                f"{field!r} refers to a block that {wanted.type}/{wanted.name} is nested in."
                " Leave one of the two references out."
            )
            raise InvalidError(msg, field=field)


def _keep_references(tx: Connection, id_: UUID, nested: Mapping[Place, UUID]) -> None:
    tx.execute(delete(tables.block_references).where(_references.document == id_.bytes))
    rows = [
        {"document": id_.bytes, "field": written(place), "refers": block.bytes}
        for place, block in nested.items()
    ]
    if rows:
        tx.execute(insert(tables.block_references), rows)


def delete_block(
    tx: Connection, dictionary: Dictionary, id_: UUID, actor: Related, now: Now
) -> None:
    """Remove a block. Raises NotFoundError; ConflictError: it is nested in others."""
    head = log.take_head(tx)
    found = read.block_by_id(tx, id_)
    if users := read.users_of(tx, id_):
        msg = (
            f"Block {found.type}/{found.name} is nested in {', '.join(users)}. Delete these first,"
            " or save them without it."
        )
        raise ConflictError(msg, users=users)
    tx.execute(delete(tables.block_references).where(_references.document == id_.bytes))
    tx.execute(delete(tables.block_documents).where(_documents.id == id_.bytes))
    tell(tx, dictionary, head, "deleted", [found], (actor,), now)


def tell(
    tx: Connection,
    dictionary: Dictionary,
    head: log.Head,
    what: str,
    about: Sequence[BlockDocument],
    related: Sequence[Related],
    now: Now,
) -> None:
    """Append an event for each of the blocks; the first is around all others."""
    first, *nested = about
    outer = Related(id=own("block-document", first.id), role="outer", name=_named(first))
    entries = [
        _entry(what, first, related, now),
        *(_entry(what, one, (*related, outer), now) for one in nested),
    ]
    log.append(tx, dictionary, head, entries)


def _named(about: BlockDocument | BlockUse) -> str:
    return f"{about.type}/{about.name}"


def _entry(what: str, about: BlockDocument, related: Sequence[Related], now: Now) -> log.Entry:
    said = {
        "type": about.type,
        "schema": about.schema,
        "credential_version": about.credential_version,
        "expires": about.expires,
    }
    nested = (
        Related(id=own("block-document", use.block), role="nested", name=_named(use))
        for use in about.uses[:NESTED]
    )
    document = About("block-document", about.id, _named(about))
    return entry(document, what, said, now, (*related, *nested))


NESTED: Final = 50
"""Nested blocks that one event names."""
