"""Look after a server, and after the keys of its callers."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from peninsula.client.calls.calls import Calls
from peninsula.client.queries import (
    parameters,
)
from peninsula.core.answers import (
    Health,
    Key,
    Meta,
    NewKey,
    Page,
    Scope,
)

__all__ = ["UpkeepCalls"]


class UpkeepCalls(Calls):
    """Keys, and the server itself."""

    async def keys(self, *, limit: int = 50, cursor: str | None = None) -> Page[Key]:
        """Return a page of the API keys."""
        return await self._exchange.get(Page[Key], "keys", parameters(limit=limit, cursor=cursor))

    async def create_key(
        self, name: str, scopes: Sequence[Scope], *, expires_in: float | None = None
    ) -> NewKey:
        """Make a key; its secret is said this once. `expires_in` is in seconds."""
        wanted = {"name": name, "scopes": list(scopes), "expires_in": expires_in}
        return await self._exchange.post(NewKey, "keys", wanted)

    async def revoke_key(self, id_: UUID) -> None:
        """End a key and its sessions."""
        await self._exchange.send("DELETE", f"keys/{id_}")

    async def health(self) -> Health:
        """Ask whether the process answers."""
        return await self._exchange.get(Health, "health")

    async def ready(self) -> Health:
        """Ask whether the database answers."""
        return await self._exchange.get(Health, "ready")

    async def meta(self) -> Meta:
        """Return what the server is."""
        return await self._exchange.get(Meta, "meta")

    async def prune(self) -> dict[str, int]:
        """Let go now what the retention settings allow; return how many of what went."""
        return await self._exchange.post(dict[str, int], "admin/prune", slow=True)

    async def rebuild(self) -> dict[str, int]:
        """Make anew what is derived from the log, beside serving; return from how many events."""
        return await self._exchange.post(dict[str, int], "admin/rebuild", slow=True)

    async def backup(self, path: str) -> int:
        """Copy the database to a new file on the server's machine; return its size in bytes."""
        made = await self._exchange.post(
            dict[str, int | str], "admin/backup", {"path": path}, slow=True
        )
        return int(made["bytes"])
