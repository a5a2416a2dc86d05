"""A database of Redis, or of whatever speaks its language."""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final, Self
from urllib.parse import unquote

from pydantic import Field, PrivateAttr, SecretStr

from peninsula.blocks.awaiting import awaited
from peninsula.blocks.base import Block
from peninsula.blocks.kept import Kept
from peninsula.blocks.methods import unobserved
from peninsula.blocks.paths import at, uri_of
from peninsula.core.addresses import parts_of
from peninsula.core.errors import InvalidError
from peninsula.sdk.extras import require
from peninsula.sdk.outside.around import moved

__all__ = ["Redis"]

PORT: Final = 6379
BATCH: Final = 1_000
"""Keys that one request for keys asks the server to look at."""

BINARY: Final = "surrogateescape"
"""How names of keys and fields that are no text become one, and are themselves again."""

Value = bytes | str | int | float


class Redis(Block):
    """A database of Redis. What it answers is bytes; whoever wrote text decodes it.

    Methods have an `a…` form for coroutines: `await cache.aget("day")`. Errors are those of
    redis-py, with a note that names the key. Where a connection breaks, it is tried again for some
    seconds; a password that is refused is not. What would count twice if it was done twice is asked
    for once (`increment`, `push`, `pop`, `publish`, `execute`, `set` with `only_new`): where the
    answer is lost, the error notes that it may have been done.

    >>> Redis(host="cache.internal").set("day", "2026-01-31", expires_in=3600)
    """

    host: str = "localhost"
    port: int = Field(default=PORT, ge=1, le=65_535)
    db: int = Field(default=0, ge=0)
    username: str | None = None
    password: SecretStr | None = None
    ssl: bool = False
    """Whether to speak TLS, with a server whose certificate is checked."""
    timeout_seconds: float = Field(default=30, gt=0)
    """For connecting, and for each answer; `pop` waits so much longer than it is told to."""

    _client: Kept[Any] = PrivateAttr(default_factory=Kept)
    _waiting: Kept[Any] = PrivateAttr(default_factory=Kept)
    """A client whose answers may take as long as the server waits for a value."""

    @classmethod
    def from_connection_string(cls, connection_string: SecretStr | str) -> Self:
        """Return a block for an address: `rediss://user:password@host:6379/0`."""
        given = connection_string
        parts = parts_of(given if isinstance(given, str) else given.get_secret_value())
        if parts is None or parts.scheme not in {"redis", "rediss"}:
            raise _no_address()
        if parts.query or parts.fragment:
            raise _no_address()
        try:
            db = int(parts.path.strip("/") or 0)
        except ValueError:
            raise _no_address() from None  # what was no number may be of the password
        return cls(
            host=parts.hostname or "localhost",
            port=parts.port or PORT,
            db=db,
            username=unquote(parts.username) if parts.username else None,
            password=SecretStr(unquote(parts.password)) if parts.password else None,
            ssl=parts.scheme == "rediss",
        )

    def _system(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"redis{'s' * self.ssl}://{host}:{self.port}/{self.db}"

    @unobserved
    def get_client(self) -> Any:
        """Return a client of redis-py, for pipelines and the like. What it does is not seen.

        Raises InvalidError where redis-py is not installed.
        """
        return self._client.get(self.model_dump(), self._connected)

    def _connected(self, wait: float = 0) -> Any:
        require("redis", "Redis", "redis")
        import redis  # noqa: PLC0415  an extra

        from peninsula.blocks.redis_retries import retries  # noqa: PLC0415  needs the extra

        return redis.Redis(
            host=self.host,
            port=self.port,
            db=self.db,
            username=self.username,
            password=None if self.password is None else self.password.get_secret_value(),
            ssl=self.ssl,
            retry=retries(),
            encoding_errors=BINARY,
            socket_timeout=self.timeout_seconds + wait,
            socket_connect_timeout=self.timeout_seconds,
        )

    @contextmanager
    def _at(self, key: str = "") -> Iterator[Any]:
        with at(uri_of(self._system(), key)):
            yield self.get_client()

    # --- values ----------------------------------------------------------------------------------

    def get(self, key: str) -> bytes | None:
        """Return the value of a key, None if there is none."""
        with self._at(key) as client:
            found: bytes | None = client.get(key)
        return found

    def set(
        self,
        key: str,
        value: Value,
        expires_in: float | timedelta | None = None,
        *,
        only_new: bool = False,
    ) -> bool:
        """Set the value of a key, and tell whether it was set.

        Args:
            key: Of any type so far.
            value: Texts are encoded as UTF-8.
            expires_in: Seconds after which it is gone.
            only_new: Leave the value that a key has.
        """
        millis = _millis(expires_in)
        with self._at(key) as client:
            if only_new:  # a second try would say that it was there
                expiry = () if millis is None else ("PX", millis)
                done = self._once(client, "SET", key, value, *expiry, "NX")
            else:
                done = client.set(key, value, px=millis)
        _count(value)
        return bool(done)

    def increment(self, key: str, by: int = 1) -> int:
        """Add to the number of a key, which begins at 0, and return what it is then."""
        with self._at(key) as client:
            return int(self._once(client, "INCRBY", key, by))

    # --- keys ------------------------------------------------------------------------------------

    def remove(self, *keys: str) -> int:
        """Delete keys, and return how many there were."""
        return self._of_each("delete", keys)

    def exists(self, *keys: str) -> int:
        """Return how many of the keys there are."""
        return self._of_each("exists", keys)

    def _of_each(self, command: str, keys: tuple[str, ...]) -> int:
        if not keys:
            return 0
        with self._at(keys[0]) as client:
            return int(getattr(client, command)(*keys))

    def expire(self, key: str, seconds: float | timedelta) -> bool:
        """Have a key go after a time; tell whether there is one."""
        with self._at(key) as client:
            return bool(client.pexpire(key, _millis(seconds)))

    def keys(self, pattern: str = "*") -> Iterator[str]:
        """Give the keys that match a pattern: `orders:*`, `day-?`. The server stays responsive.

        A key that comes or goes meanwhile may or may not be among them.
        """
        with self._at() as client:
            for key in client.scan_iter(match=pattern, count=BATCH):
                yield _text(key)

    # --- hashes, lists, sets ---------------------------------------------------------------------

    def get_hash(self, key: str) -> dict[str, bytes]:
        """Return the fields of a hash; of a key that is not there, none."""
        with self._at(key) as client:
            found = client.hgetall(key)
        _count(*found.values())
        return {_text(name): value for name, value in found.items()}

    def set_hash(self, key: str, fields: Mapping[str, Value]) -> int:
        """Set fields of a hash, and return how many are new."""
        with self._at(key) as client:
            new = int(client.hset(key, mapping=dict(fields)))
        _count(*fields.values())
        return new

    def push(self, key: str, *values: Value) -> int:
        """Put values at the end of a list, and return how long it is then."""
        with self._at(key) as client:
            length = int(self._once(client, "RPUSH", key, *values))
        _count(*values)
        return length

    def pop(self, key: str, wait: float | None = None) -> bytes | None:
        """Take the first value of a list, None if there is none after so many seconds.

        It is asked for once: a value on its way over a connection that breaks is lost, and another
        try would take the next one.
        """
        with self._at(key):
            if not wait:
                taken: bytes | None = self._once(self.get_client(), "LPOP", key)
                return taken
            settings = self.model_dump() | {"wait": wait}
            client = self._waiting.get(settings, lambda: self._connected(wait))
            found = self._once(client, "BLPOP", key, wait)
        return None if found is None else found[1]

    @staticmethod
    def _once(client: Any, command: str, *arguments: Value) -> Any:
        from peninsula.blocks.redis_retries import once  # noqa: PLC0415  needs the extra

        return once(client, command, arguments)

    def get_list(self, key: str, start: int = 0, end: int = -1) -> list[bytes]:
        """Return the values of a list from one place to another, both among them."""
        with self._at(key) as client:
            found: list[bytes] = client.lrange(key, start, end)
        _count(*found)
        return found

    def add_to_set(self, key: str, *values: Value) -> int:
        """Put values into a set, and return how many are new."""
        with self._at(key) as client:
            new = int(client.sadd(key, *values))
        _count(*values)
        return new

    def get_set(self, key: str) -> builtins.set[bytes]:
        """Return the values of a set."""
        with self._at(key) as client:
            found: builtins.set[bytes] = client.smembers(key)
        _count(*found)
        return found

    # --- all else --------------------------------------------------------------------------------

    def publish(self, channel: str, message: Value) -> int:
        """Send a message to who listens to a channel, and return how many do."""
        with self._at(channel) as client:
            listeners = int(self._once(client, "PUBLISH", channel, message))
        _count(message)
        return listeners

    def execute(self, command: str, *arguments: Value) -> Any:
        """Do any command, and return its answer: `execute("XADD", "log", "*", "day", "1")`."""
        with self._at() as client:
            return self._once(client, command, *arguments)

    def ping(self) -> None:
        """Ask whether it is there and lets one in; raise the error of redis-py if not."""
        with self._at() as client:
            client.ping()

    # --- for coroutines --------------------------------------------------------------------------

    aget = awaited(get)
    aset = awaited(set)  # noqa: A003  the method, not the type
    aincrement = awaited(increment)
    aremove = awaited(remove)
    aexists = awaited(exists)
    aexpire = awaited(expire)
    aget_hash = awaited(get_hash)
    aset_hash = awaited(set_hash)
    apush = awaited(push)
    apop = awaited(pop)
    aget_list = awaited(get_list)
    aadd_to_set = awaited(add_to_set)
    aget_set = awaited(get_set)
    apublish = awaited(publish)
    aexecute = awaited(execute)
    aping = awaited(ping)


def _text(name: bytes) -> str:
    return name.decode(errors=BINARY)


def _millis(seconds: float | timedelta | None) -> int | None:
    if isinstance(seconds, timedelta):
        seconds = seconds.total_seconds()
    return None if seconds is None else int(seconds * 1000)


def _count(*values: Value) -> None:
    """Tell the bytes of values, as they go over the line."""
    sizes = (len(each) if isinstance(each, bytes) else len(str(each).encode()) for each in values)
    moved(bytes=sum(sizes), rows=len(values))


def _no_address() -> InvalidError:
    msg = (
        "The connection_string is no address of Redis. Write redis://user:password@host:6379/0,"
        " with signs in the password quoted: %2F is a slash, %5B a [."
    )
    return InvalidError(msg)
