"""Keep API keys and browser sessions. Of both only a hash is stored."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, delete, insert, select, tuple_, update

from peninsula.core import pages
from peninsula.core.answers import Key, Page, Scope
from peninsula.core.errors import NotFoundError
from peninsula.server.storage import tables
from peninsula.server.storage.moments import micros, moment

__all__ = [
    "StoredSession",
    "add_key",
    "add_session",
    "find_keys",
    "key_by_hash",
    "key_by_id",
    "note_use",
    "remove_key",
    "remove_of_runs",
    "remove_session",
    "session_by_hash",
]

_keys = tables.api_keys.c
_sessions = tables.sessions.c
_SCOPES: Final = msgspec.json.Decoder(tuple[Scope, ...])


class StoredSession(Struct, frozen=True, kw_only=True):
    """A browser that has logged in, by the key it logged in with."""

    key: UUID
    csrf: str
    expires: datetime


def add_key(tx: Connection, key: Key, hash_: bytes) -> None:
    """Store a new key."""
    tx.execute(
        insert(tables.api_keys).values(
            id=key.id.bytes,
            name=key.name,
            hash=hash_,
            scopes=msgspec.json.encode(key.scopes).decode(),
            run=key.run.bytes if key.run is not None else None,
            created=micros(key.created),
            expires=micros(key.expires) if key.expires is not None else None,
        )
    )


def find_keys(tx: Connection, *, limit: int = 50, cursor: str | None = None) -> Page[Key]:
    """Return a page of keys, the newest first."""
    of = pages.digest("keys")
    place = pages.read_cursor(cursor, of, (int, str)) if cursor is not None else None
    back = place is not None and place.back
    statement = select(tables.api_keys)
    if place is not None:
        there = tuple_(place.key[0], _id_of(str(place.key[1])))
        here = tuple_(_keys.created, _keys.id)
        statement = statement.where(here > there if back else here < there)
    order = [(column.asc() if back else column.desc()) for column in (_keys.created, _keys.id)]
    rows = tx.execute(statement.order_by(*order).limit(limit + 1)).all()
    page, following, preceding = pages.turn(rows, limit, place, of, _place)
    return Page(items=tuple(map(_key, page)), next=following, previous=preceding)


def _place(row: Any) -> pages.Key:
    return (row.created, bytes(row.id).hex())


def _id_of(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def key_by_hash(tx: Connection, hash_: bytes) -> Key | None:
    """Return the key whose secret has that hash."""
    row = tx.execute(select(tables.api_keys).where(_keys.hash == hash_)).first()
    return _key(row) if row is not None else None


def key_by_id(tx: Connection, id_: UUID) -> Key | None:
    """Return the key of that id."""
    row = tx.execute(select(tables.api_keys).where(_keys.id == id_.bytes)).first()
    return _key(row) if row is not None else None


def _key(row: Any) -> Key:
    return Key(
        id=UUID(bytes=bytes(row.id)),
        name=row.name,
        scopes=_SCOPES.decode(row.scopes),
        run=UUID(bytes=bytes(row.run)) if row.run is not None else None,
        created=moment(row.created),
        expires=moment(row.expires) if row.expires is not None else None,
        last_used=moment(row.last_used) if row.last_used is not None else None,
    )


def remove_key(tx: Connection, id_: UUID) -> None:
    """End a key and the sessions it opened. Raises NotFoundError."""
    tx.execute(delete(tables.sessions).where(_sessions.key == id_.bytes))
    removed = tx.execute(delete(tables.api_keys).where(_keys.id == id_.bytes))
    if not removed.rowcount:
        msg = f"No API key {id_}. It was removed before, or never made here."
        raise NotFoundError(msg)


def remove_of_runs(tx: Connection, before: int) -> None:
    """End the keys of runs that were over at that moment, µs since 1970."""
    runs, ids = tables.runs.c, tables.run_ids.c
    over = (
        select(ids.uuid)
        .join_from(tables.run_ids, tables.runs, runs.id == ids.id)
        .where(ids.uuid == _keys.run, runs.ended < before)
    )
    tx.execute(delete(tables.api_keys).where(_keys.run.is_not(None), over.exists()))


def note_use(tx: Connection, used: dict[UUID, datetime]) -> None:
    """Write down when keys were last used."""
    for id_, at in sorted(used.items()):
        tx.execute(
            update(tables.api_keys).where(_keys.id == id_.bytes).values(last_used=micros(at))
        )


def add_session(tx: Connection, hash_: bytes, session: StoredSession, now: datetime) -> None:
    """Store a new session, and forget those that are over."""
    tx.execute(delete(tables.sessions).where(_sessions.expires <= micros(now)))
    tx.execute(
        insert(tables.sessions).values(
            hash=hash_,
            key=session.key.bytes,
            csrf=session.csrf,
            created=micros(now),
            expires=micros(session.expires),
        )
    )


def session_by_hash(tx: Connection, hash_: bytes) -> StoredSession | None:
    """Return the session whose cookie has that hash."""
    row = tx.execute(select(tables.sessions).where(_sessions.hash == hash_)).first()
    if row is None:
        return None
    return StoredSession(key=UUID(bytes=bytes(row.key)), csrf=row.csrf, expires=moment(row.expires))


def remove_session(tx: Connection, hash_: bytes) -> None:
    """End a session."""
    tx.execute(delete(tables.sessions).where(_sessions.hash == hash_))
