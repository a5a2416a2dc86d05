"""How large one thing may be. A limit is stated once, here; emitter and server enforce it."""

from __future__ import annotations

from typing import Final

EVENT_BYTES: Final = 64 * 1024
"""One event, encoded as JSON, in bytes."""

RELATED: Final = 100
"""Related resources of one event."""

LABELS: Final = 500
"""Labels of one event, over its resource and all related ones."""

DROPPED: Final = 100
"""Kinds of what one gap counts as dropped."""

NAME_CHARS: Final = 1_024
"""An event name, a resource id or name, a label's key or value, a tag, in characters."""

NAME_BYTES: Final = 2_560
"""The same texts in UTF-8, in bytes: what PostgreSQL can index is not much longer."""

EARLIEST: Final = -2_208_988_800_000_000
"""1900-01-01 in µs since 1970: nothing that is told happened before."""

LATEST: Final = 253_370_764_800_000_000
"""9999-01-01 in µs since 1970: nothing happens from then on, as Python's calendar ends."""

LOG_LINE_BYTES: Final = 64 * 1024
"""One log message, in bytes; the rest of a longer one is cut, and the line says so."""

RECORD_BYTES: Final = 1024 * 1024
"""One encoded record of a journal, in bytes (a blob's chunk is below it)."""

BLOB_BYTES: Final = 16 * 1024 * 1024
"""One artifact body, in bytes."""

INLINE_BYTES: Final = 32 * 1024
"""The body of an artifact within its event, as JSON, in bytes; a larger one goes into blobs."""

DESCRIPTION_CHARS: Final = 4_096
"""The description of one artifact, in characters."""

VARIABLE_BYTES: Final = 64 * 1024
"""The value of one variable, as JSON, in bytes."""

BLOCK_BYTES: Final = 256 * 1024
"""The data of one block, as JSON, in bytes."""

SCHEMA_BYTES: Final = 512 * 1024
"""The schema of one block type, as JSON, in bytes."""

BATCH_RECORDS: Final = 2_000
"""Records in one batch."""

BATCH_BYTES: Final = 8 * 1024 * 1024
"""One batch after decompression, in bytes."""

DEPTH: Final = 200
"""Nesting of JSON that is taken in."""
