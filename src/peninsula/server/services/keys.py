"""Know callers by their keys, and browsers by the session they opened with one."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID, uuid4

from peninsula.core.answers import Key, NewKey, Page, Scope
from peninsula.core.errors import InvalidError, UnauthenticatedError
from peninsula.core.events import check_text
from peninsula.core.keys import worker_key
from peninsula.server.services.access import EVERYTHING, Caller
from peninsula.server.services.duty import Duty
from peninsula.server.storage.database import Database
from peninsula.server.storage.referee import keys
from peninsula.server.storage.referee.keys import StoredSession

__all__ = ["OWNER", "Keys", "Opened"]

PREFIX: Final = "pen_"
"""What every API key begins with, so that scanners for leaked secrets know it."""

REMEMBERED: Final = timedelta(seconds=5)
"""How long a key is taken without another look: as long may one removed elsewhere still pass."""

CALLERS: Final = 10_000
"""Callers that are remembered."""

NOTED: Final = 60.0
"""Seconds between notes of when keys were last used."""

_HOME: Final = UUID(int=0)
"""Stands for the token of the home where a key's id is stored."""

OWNER: Final = Caller(name="the owner of this home", scopes=EVERYTHING)

WORKERS: Final = Caller(
    name="the workers of this home", scopes=frozenset({Scope.EMIT, Scope.READ, Scope.WORK})
)

_UNKNOWN: Final = (
    "The API key is not known here: it was removed, has expired, or is another server's."
    " Set PENINSULA_API_KEY to a valid one."
)
_OVER: Final = "The session is over. Log in again."


class Opened(NamedTuple):
    """A session that has just begun."""

    cookie: str
    caller: Caller


class _Known(NamedTuple):
    caller: Caller
    until: datetime


class Keys(Duty[datetime]):
    """Who may ask what. Secrets are random and long, so a plain SHA-256 keeps them."""

    def __init__(
        self,
        database: Database,
        token: str | None,
        session_time: timedelta,
        clock: Callable[[], datetime],
    ) -> None:
        """Take the home's token for its owner's, and the key of workers that follows from it.

        None: there is none.
        """
        super().__init__(clock, NOTED)
        self._database = database
        self._token = _hash(token) if token is not None else None
        self._workers = _hash(worker_key(token)) if token is not None else None
        self._session_time = session_time
        self._known: dict[bytes, _Known] = {}
        self._used: dict[UUID, datetime] = {}

    async def tick(self, now: datetime) -> None:  # noqa: ARG002  what is due has no time
        """Write down when keys were last used."""
        if self._used:
            used, self._used = self._used, {}
            await self._database.write(keys.note_use, used)

    # --- who asks --------------------------------------------------------------------------------

    async def caller(self, secret: str) -> Caller:
        """Return who has this key. Raises UnauthenticatedError."""
        return await self._find(_hash(secret), self._by_key)

    async def session(self, cookie: str) -> Caller:
        """Return whose browser this is. Raises UnauthenticatedError."""
        return await self._find(_hash(cookie), self._by_session)

    async def _find(self, hash_: bytes, look: Callable[[bytes], Awaitable[Caller]]) -> Caller:
        now = self._clock()
        known = self._known.get(hash_)
        if known is None or known.until <= now:
            caller = await look(hash_)
            if len(self._known) >= CALLERS:
                self._known.clear()
            until = min(now + REMEMBERED, caller.expires or now + REMEMBERED)
            known = self._known[hash_] = _Known(caller, until)
        if known.caller.key is not None:
            self._used[known.caller.key] = now
        return known.caller

    async def _by_key(self, hash_: bytes) -> Caller:
        if self._token is not None and hmac.compare_digest(hash_, self._token):
            return OWNER
        if self._workers is not None and hmac.compare_digest(hash_, self._workers):
            return WORKERS
        key = await self._database.read(keys.key_by_hash, hash_)
        return self._valid(key, _UNKNOWN)

    async def _by_session(self, hash_: bytes) -> Caller:
        found = await self._database.read(keys.session_by_hash, hash_)
        if found is None or found.expires <= self._clock():
            raise UnauthenticatedError(_OVER)
        if found.key == _HOME:
            return _in_session(OWNER, found)
        key = await self._database.read(keys.key_by_id, found.key)
        return _in_session(self._valid(key, _OVER), found)

    def _valid(self, key: Key | None, otherwise: str) -> Caller:
        if key is None or (key.expires is not None and key.expires <= self._clock()):
            raise UnauthenticatedError(otherwise)
        return Caller(
            name=key.name,
            scopes=frozenset(key.scopes),
            key=key.id,
            run=key.run,
            expires=key.expires,
        )

    # --- keys ------------------------------------------------------------------------------------

    async def add(
        self,
        name: str,
        scopes: Sequence[Scope],
        *,
        run: UUID | None = None,
        lasting: timedelta | None = None,
    ) -> NewKey:
        """Make a key. Raises InvalidError."""
        check_text("name", name)
        if not scopes:
            known = ", ".join(scope.value for scope in Scope)
            msg = f"The key {name!r} has no scope. Give at least one of {known}."
            raise InvalidError(msg)
        now = self._clock()
        key = Key(
            id=uuid4(),
            name=name,
            scopes=tuple(sorted(set(scopes))),
            run=run,
            created=now,
            expires=now + lasting if lasting is not None else None,
            last_used=None,
        )
        secret = PREFIX + secrets.token_urlsafe(32)
        await self._database.write(keys.add_key, key, _hash(secret))
        return NewKey(key=key, secret=secret)

    async def page(self, limit: int, cursor: str | None) -> Page[Key]:
        """Return a page of keys."""
        return await self._database.read(keys.find_keys, limit=limit, cursor=cursor)

    async def remove(self, id_: UUID) -> None:
        """End a key and the sessions it opened. Raises NotFoundError."""
        await self._database.write(keys.remove_key, id_)
        self._known.clear()

    # --- sessions --------------------------------------------------------------------------------

    async def open(self, secret: str) -> Opened:
        """Begin a browser's session.

        Raises UnauthenticatedError, or ForbiddenError for a key that no page would show anything.
        """
        caller = await self.caller(secret)
        if caller.run is not None or caller is WORKERS:
            whose = "workers" if caller is WORKERS else "one run"
            msg = f"This key is for {whose}, not for a browser. Use one made by `POST /api/keys`."
            raise UnauthenticatedError(msg)
        caller.require(Scope.READ)
        now = self._clock()
        cookie = secrets.token_urlsafe(32)
        session = StoredSession(
            key=caller.key or _HOME,
            csrf=secrets.token_urlsafe(24),
            expires=min(now + self._session_time, caller.expires or now + self._session_time),
        )
        await self._database.write(keys.add_session, _hash(cookie), session, now)
        return Opened(cookie, _in_session(caller, session))

    async def close(self, cookie: str) -> None:
        """End a browser's session; one that is over already stays so."""
        await self._database.write(keys.remove_session, _hash(cookie))
        self._known.pop(_hash(cookie), None)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _in_session(caller: Caller, session: StoredSession) -> Caller:
    return Caller(
        name=caller.name,
        scopes=caller.scopes,
        key=caller.key,
        csrf=session.csrf,
        expires=session.expires,
    )
