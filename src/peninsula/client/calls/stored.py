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
from peninsula.core.concurrency import ConcurrencyLimit, Taken
from peninsula.core.variables import Variable, check_name

__all__ = ["StoredCalls"]


class StoredCalls(Calls):
    """Artifacts, variables, concurrency limits."""

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
