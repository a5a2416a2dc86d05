"""Keep results: each under a key, with what is needed to read it and when it expires."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct

from peninsula.core import codec
from peninsula.core.errors import MissingResultError
from peninsula.core.resources import clean_uri
from peninsula.journal import emitter
from peninsula.sdk.results.storage import Storage, open_storage
from peninsula.sdk.serializers import Serializer, serializer_of
from peninsula.sdk.states import Deferred

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ResultRecord", "ResultStore", "StoredResult"]

FORMAT: Final = 1


class _Head(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The first line of a stored result, as JSON; the serialized result follows it."""

    format: int = FORMAT
    serializer: str
    created: datetime
    expiration: datetime | None = None
    run: UUID | None = None
    """The run that made it."""


class ResultRecord:
    """One result, with what is known of it."""

    def __init__(self, head: _Head, data: bytes, serializer: Serializer) -> None:
        self._head = head
        self._data = data
        self._serializer = serializer

    @property
    def expiration(self) -> datetime | None:
        """When it counts no more; None is never."""
        return self._head.expiration

    @property
    def created(self) -> datetime:
        """When it was written."""
        return self._head.created

    @property
    def run(self) -> UUID | None:
        """The run that made it."""
        return self._head.run

    @property
    def serializer(self) -> str:
        """The name of what reads it."""
        return self._head.serializer

    @property
    def size(self) -> int:
        """Bytes of the serialized result."""
        return len(self._data)

    @property
    def result(self) -> Any:
        """The result itself, read anew each time."""
        return self._serializer.loads(self._data)


class ResultStore:
    """A storage, and how results become bytes there."""

    def __init__(
        self,
        storage: Any,
        serializer: Serializer | str = "pickle",
        *,
        clock: Callable[[], datetime] = lambda: emitter.current().now(),
    ) -> None:
        """Take a storage, path or URL. Raises InvalidError for what cannot be one."""
        self.storage: Storage = open_storage(storage)
        self.serializer = serializer_of(serializer)
        self._clock = clock

    def read(self, key: str) -> ResultRecord | None:
        """Return what is kept and has not expired, None if nothing is.

        Raises MissingResultError for what is no result, UnavailableError for a storage that fails.
        """
        data = self.storage.read(key)
        if not data:
            # Also an empty file: a power loss may leave one in the place of what was written.
            return None
        head, _, body = data.partition(b"\n")
        try:
            said = msgspec.json.decode(head, type=_Head)
        except msgspec.MsgspecError:
            said = None
        if said is None or said.format > FORMAT:
            msg = (
                f"{self.uri(key)} holds no result that this version reads."
                " Remove it, or set refresh_cache=True."
            )
            raise MissingResultError(msg)
        if said.expiration is not None and said.expiration <= self._clock():
            return None
        reader = self.serializer
        if said.serializer != reader.name:
            reader = serializer_of(said.serializer)
        return ResultRecord(said, body, reader)

    def exists(self, key: str) -> bool:
        """Tell whether there is a result that has not expired."""
        return self.read(key) is not None

    def encode(
        self, value: Any, expiration: datetime | None = None, run: UUID | None = None
    ) -> bytes:
        """Return what `write` keeps of a result. Raises SerializationError."""
        head = _Head(
            serializer=self.serializer.name,
            created=self._clock(),
            expiration=expiration,
            run=run,
        )
        return codec.encode(head) + b"\n" + self.serializer.dumps(value)

    def write(
        self,
        key: str,
        obj: Any,
        expiration: datetime | None = None,
        run: UUID | None = None,
    ) -> None:
        """Keep a result. Raises SerializationError, or UnavailableError."""
        self.storage.write(key, self.encode(obj, expiration, run))

    def uri(self, key: str) -> str:
        """Return where a result is, without credentials."""
        return clean_uri(self.storage.uri(key))


class StoredResult(Deferred):
    """Stands for a result that is not kept in memory."""

    __slots__ = ("_key", "_store")

    def __init__(self, store: ResultStore, key: str) -> None:
        self._store = store
        self._key = key

    def read(self) -> Any:
        """Return the result. Raises MissingResultError if it is gone."""
        record = self._store.read(self._key)
        if record is None:
            msg = f"The result {self._store.uri(self._key)} is gone, or has expired."
            raise MissingResultError(msg)
        return record.result
