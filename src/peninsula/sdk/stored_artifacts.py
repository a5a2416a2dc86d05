"""Read the artifacts that were made, here or elsewhere."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from msgspec import Struct

from peninsula.core import artifacts, codec
from peninsula.journal import emitter
from peninsula.sdk.asking import ask
from peninsula.sdk.loops import run_here

if TYPE_CHECKING:
    from peninsula.client.api import Api

__all__ = ["Artifact"]


class Artifact(Struct, frozen=True, kw_only=True):
    """An artifact as it is now: `Artifact.get("quality")`."""

    id: UUID
    key: str | None
    type: str
    """`markdown`, `table`, `link`, `image` or `progress`."""
    description: str | None
    data: Any
    """The text, the table, `{"link", "link_text"}`, the address, or the number."""
    created: datetime
    updated: datetime

    @classmethod
    def get(cls, key: str) -> Artifact | None:
        """Return the newest artifact of a key, None where there is none.

        What this process has made before is seen. Without a server, others see it once the process
        is over, or has asked for something that is stored.

        Raises:
            UnavailableError: No server answered within the setting `wait_timeout`.
        """
        found: Artifact | None = run_here(cls.aget(key))
        return found

    @classmethod
    async def aget(cls, key: str) -> Artifact | None:
        """Return the newest artifact of a key, as `get` does."""
        artifacts.check_key(key)
        await asyncio.to_thread(emitter.current().flush)
        return await ask(lambda api: _newest(api, key))


async def _newest(api: Api, key: str) -> Artifact | None:
    page = await api.artifacts(keys=(key,), limit=1)
    if not page.items:
        return None
    found = page.items[0]
    return Artifact(
        id=found.id,
        key=found.key,
        type=found.kind.value,
        description=found.description,
        data=codec.decode(object, await api.artifact_body(found.id)),
        created=found.created,
        updated=found.updated,
    )
