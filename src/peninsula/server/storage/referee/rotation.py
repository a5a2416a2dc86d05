"""Encrypt all secrets anew by the newest key, some at a time."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, func, select, update

from peninsula.core.events import Related
from peninsula.server.ring import Ring, Sealed
from peninsula.server.storage import log, tables
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.referee.entries import About, entry
from peninsula.server.storage.referee.moves import Now

__all__ = ["count_sealed", "keys_used", "reseal", "tell_rotated"]

CHUNK: Final = 100
"""Blocks of one unit, which takes milliseconds."""

_documents = tables.block_documents.c
_types = tables.block_types.c


def count_sealed(tx: Connection, but_by: str | None = None) -> int:
    """Return how many blocks have secrets; `but_by`: not those that this key encrypted."""
    counted = select(func.count()).select_from(tables.block_documents)
    sealed = counted.where(_documents.key.is_not(None))
    others = sealed if but_by is None else sealed.where(_documents.key != but_by)
    return tx.execute(others).scalar_one()


def keys_used(tx: Connection) -> dict[str, str]:
    """Return the fingerprints of all keys that secrets are encrypted by, each with a block's name.

    The keys that are read afterwards have them all: whoever makes one keeps it first.
    """
    path = _types.slug + "/" + _documents.name
    rows = tx.execute(
        select(_documents.key, func.min(path))
        .join_from(tables.block_documents, tables.block_types, _types.id == _documents.type)
        .where(_documents.key.is_not(None))
        .group_by(_documents.key)
    )
    return dict(map(tuple, rows))


def reseal(tx: Connection, ring: Ring) -> int:
    """Encrypt a chunk of blocks by the newest key; return how many, 0 at the end.

    Those of keys that are not here stay: another rotation may have made a newer one meanwhile.
    """
    rows = tx.execute(
        select(_documents.id, _documents.name, _documents.key, _documents.secrets, _types.slug)
        .join_from(tables.block_documents, tables.block_types, _types.id == _documents.type)
        .where(_documents.key.in_(ring.older))
        .order_by(_documents.id)
        .limit(CHUNK)
        .with_for_update(of=tables.block_documents)
    ).all()
    for row in rows:
        plain = ring.open(Sealed(row.key, bytes(row.secrets)), f"block {row.slug}/{row.name}")
        sealed = ring.seal(plain)
        changed = update(tables.block_documents).where(_documents.id == row.id)
        tx.execute(changed.values(secrets=sealed.token, key=sealed.key))
    return len(rows)


def tell_rotated(
    tx: Connection, dictionary: Dictionary, ring: Ring, count: int, actor: Related, now: Now
) -> None:
    """Append the event that says how many blocks the newest key has encrypted anew."""
    about = About("encryption-key", ring.newest)
    told = entry(about, "rotated", {"blocks": count}, now, [actor])
    log.append(tx, dictionary, log.take_head(tx), [told])
