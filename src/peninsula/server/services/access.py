"""Say who asks, and what that allows."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from peninsula.core.answers import Scope
from peninsula.core.errors import ForbiddenError

__all__ = ["EVERYTHING", "Caller"]

EVERYTHING: Final = frozenset(Scope)


class Caller(Struct, frozen=True, kw_only=True):
    """Who asks."""

    name: str
    scopes: frozenset[Scope]
    key: UUID | None = None
    """The API key; None for the owner of the home and for its workers."""
    run: UUID | None = None
    """The one run that the key is for."""
    csrf: str | None = None
    """Of a browser's session: what its pages know and others do not."""
    expires: datetime | None = None

    def require(self, scope: Scope) -> None:
        """Raise ForbiddenError unless the key has the scope."""
        if scope not in self.scopes and Scope.ADMIN not in self.scopes:
            have = ", ".join(sorted(one.value for one in self.scopes)) or "nothing"
            msg = (
                f"This needs a key with the scope {scope.value!r}; {self.name!r} has {have}."
                " Ask an admin for one: `POST /api/keys`."
            )
            raise ForbiddenError(msg, scope=scope.value)
