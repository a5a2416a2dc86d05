"""Ask for what runs made for people and what they share, and change that."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from msgspec import Raw

from peninsula.client.calls.calls import Calls
from peninsula.client.queries import (
    parameters,
)
from peninsula.core.answers import (
    Page,
)
from peninsula.core.artifacts import Artifact, ArtifactKind
from peninsula.core.blocks import (
    BlockActivity,
    BlockDocument,
    BlockType,
    Opened,
    Rotated,
)
from peninsula.core.concurrency import ConcurrencyLimit, Taken
from peninsula.core.data_places import Place
from peninsula.core.variables import Variable, check_name

__all__ = ["StoredCalls"]


class StoredCalls(Calls):
    """Artifacts, variables, blocks, concurrency limits."""

    async def artifacts(
        self,
        *,
        keys: tuple[str, ...] = (),
        kinds: tuple[ArtifactKind, ...] = (),
        run: UUID | None = None,
        flows: tuple[str, ...] = (),
        latest: bool = False,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[Artifact]:
        """Return a page of artifacts, the newest first; `latest`: of each key the newest only."""
        asked = parameters(key=keys, kind=kinds, run=run, flow=flows, latest=latest)
        page = parameters(limit=limit, cursor=cursor)
        return await self._exchange.get(Page[Artifact], "artifacts", asked + page)

    async def artifact(self, id_: UUID) -> Artifact:
        """Return one artifact; a large body is null here."""
        return await self._exchange.get(Artifact, f"artifacts/{id_}")

    async def artifact_body(self, id_: UUID) -> bytes:
        """Return the body of an artifact, as JSON."""
        return await self._exchange.send("GET", f"artifacts/{id_}/body")

    async def concurrency_limits(self) -> list[ConcurrencyLimit]:
        """Return all concurrency limits, by name."""
        return await self._exchange.get(list[ConcurrencyLimit], "concurrency-limits")

    async def concurrency_limit(self, name: str) -> ConcurrencyLimit:
        """Return one concurrency limit."""
        check_name(name, "concurrency limit")
        return await self._exchange.get(ConcurrencyLimit, f"concurrency-limits/{name}")

    async def set_concurrency_limit(
        self, name: str, limit: int, *, decay: float | None = None
    ) -> ConcurrencyLimit:
        """Make a concurrency limit, or change it; no decay leaves the one it has."""
        wanted = {"name": name, "limit": limit, "decay": decay}
        return await self._exchange.post(ConcurrencyLimit, "concurrency-limits", wanted)

    async def delete_concurrency_limit(self, name: str) -> None:
        """Remove a concurrency limit."""
        check_name(name, "concurrency limit")
        await self._exchange.send("DELETE", f"concurrency-limits/{name}")

    async def take_concurrency_slots(
        self,
        names: Sequence[str],
        *,
        slots: int = 1,
        rate: bool = False,
        strict: bool = False,
        emitter: UUID | None = None,
        run: UUID | None = None,
    ) -> Taken:
        """Take slots of all the limits, or of none: the answer says when to ask again."""
        wanted = {
            "names": list(names),
            "slots": slots,
            "rate": rate,
            "strict": strict,
            "emitter": emitter,
            "run": run,
        }
        return await self._exchange.post(Taken, "concurrency-slots", wanted)

    async def renew_concurrency_slots(self, lease: UUID) -> None:
        """Hold slots for longer; raises NotFoundError if they are not held any more."""
        await self._exchange.send("POST", f"concurrency-slots/{lease}/renew")

    async def give_back_concurrency_slots(self, lease: UUID) -> None:
        """Give slots back; raises NotFoundError if they are not held any more."""
        await self._exchange.send("DELETE", f"concurrency-slots/{lease}")

    async def block_types(
        self, *, text: str | None = None, limit: int = 50, cursor: str | None = None
    ) -> Page[BlockType]:
        """Return a page of block types, by slug."""
        asked = parameters(text=text, limit=limit, cursor=cursor)
        return await self._exchange.get(Page[BlockType], "block-types", asked)

    async def block_type(self, slug: str) -> BlockType:
        """Return one block type."""
        check_name(slug, "block type")
        return await self._exchange.get(BlockType, f"block-types/{slug}")

    async def register_block_type(self, **wanted: object) -> BlockType:
        """Make a block type, or change it: docs/api.md says what is given."""
        return await self._exchange.post(BlockType, "block-types", wanted)

    async def blocks(
        self,
        *,
        types: tuple[str, ...] = (),
        text: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[BlockDocument]:
        """Return a page of blocks, by type and name."""
        asked = parameters(type=types, text=text, limit=limit, cursor=cursor)
        return await self._exchange.get(Page[BlockDocument], "blocks", asked)

    async def block_activity(self, ids: tuple[UUID, ...]) -> tuple[BlockActivity, ...]:
        """Say of each of these blocks what flow runs lately did with it."""
        asked = parameters(id=ids)
        return await self._exchange.get(tuple[BlockActivity, ...], "block-activity", asked)

    async def block(self, id_: UUID) -> BlockDocument:
        """Return one block, its secrets masked."""
        return await self._exchange.get(BlockDocument, f"blocks/{id_}")

    async def block_by_name(self, type_: str, name: str) -> BlockDocument:
        """Return one block, its secrets masked."""
        check_name(type_, "block type")
        check_name(name, "block")
        return await self._exchange.get(BlockDocument, f"block-types/{type_}/blocks/{name}")

    async def save_block(
        self,
        type_: str,
        name: str,
        data: Raw,
        *,
        secrets: Sequence[Place] = (),
        schema: str | None = None,
        checked: bool = False,
        overwrite: bool = False,
    ) -> BlockDocument:
        """Save a block, `secrets` being those that its schema does not tell of.

        `checked`: its class has made it, so only the names of its fields are looked at.
        Raises ConflictError if it is there and not to be overwritten.
        """
        wanted = {
            "type": type_,
            "name": name,
            "data": data,
            "secrets": secrets,
            "schema": schema,
            "checked": checked,
            "overwrite": overwrite,
        }
        return await self._exchange.post(BlockDocument, "blocks", wanted)

    async def delete_block(self, id_: UUID) -> None:
        """Delete a block; raises ConflictError if it is nested in another."""
        await self._exchange.send("DELETE", f"blocks/{id_}")

    async def open_block(self, id_: UUID, *, run: UUID | None = None) -> Opened:
        """Return a block and those nested in it, with their secrets, for that flow run."""
        return await self._exchange.post(Opened, f"blocks/{id_}/open", {"run": run})

    async def rotate_key(self) -> Rotated:
        """Encrypt all secrets anew by the newest key."""
        return await self._exchange.post(Rotated, "admin/rotate-key", slow=True)

    async def variables(
        self,
        *,
        text: str | None = None,
        tags: tuple[str, ...] = (),
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[Variable]:
        """Return a page of variables, by name."""
        asked = parameters(text=text, tag=tags, limit=limit, cursor=cursor)
        return await self._exchange.get(Page[Variable], "variables", asked)

    async def variable(self, name: str) -> Variable:
        """Return one variable."""
        check_name(name)
        return await self._exchange.get(Variable, f"variables/{name}")

    async def set_variable(
        self, name: str, value: Raw, *, tags: Sequence[str] = (), overwrite: bool = False
    ) -> Variable:
        """Set a variable; raises ConflictError if it is there and not to be overwritten."""
        wanted = {"name": name, "value": value, "tags": list(tags), "overwrite": overwrite}
        return await self._exchange.post(Variable, "variables", wanted)

    async def unset_variable(self, name: str) -> None:
        """Remove a variable."""
        check_name(name)
        await self._exchange.send("DELETE", f"variables/{name}")
