"""Open blocks: their secrets leave the database, and an event says to whom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from msgspec import Raw
from sqlalchemy import Connection, Row

from peninsula.core import codec, secret_places
from peninsula.core.blocks import BlockDocument, Opened, OpenedBlock
from peninsula.core.errors import NotFoundError
from peninsula.core.events import Related
from peninsula.server.ring import Keys, Ring
from peninsula.server.storage import log
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.read import blocks as read
from peninsula.server.storage.referee import sealing
from peninsula.server.storage.referee.blocks import tell
from peninsula.server.storage.referee.moves import Now

__all__ = ["open_block"]


def open_block(
    tx: Connection,
    dictionary: Dictionary,
    id_: UUID,
    keys: Keys,
    by: Sequence[Related],
    now: Now,
) -> Opened:
    """Return a block and all that are nested in it with their secrets; tell that each was opened.

    Raises NotFoundError, or UnavailableError: the keys do not open it.
    """
    head = log.take_head(tx)
    rows = read.nested_rows(tx, id_)
    if not rows:
        msg = f'No block {id_}. Those there are: "peninsula block ls".'
        raise NotFoundError(msg)
    uses = read.uses_of(tx, [bytes(row.id) for row in rows])
    documents = [read.document(row, uses.get(bytes(row.id), [])) for row in rows]
    ring = keys()
    found = Opened(
        blocks=tuple(_opened(row, one, ring) for row, one in zip(rows, documents, strict=True))
    )
    tell(tx, dictionary, head, "opened", documents, by, now)
    return found


def _opened(row: Row[Any], about: BlockDocument, ring: Ring) -> OpenedBlock:
    data = codec.decode(dict[str, Any], about.data)
    content = sealing.opened(ring, row)
    if content is not None:
        data = secret_places.join(data, content.secrets)
    return OpenedBlock(
        id=about.id,
        type=about.type,
        name=about.name,
        schema=about.schema,
        data=Raw(codec.encode(data)),
        credential_version=about.credential_version,
        expires=about.expires,
    )
