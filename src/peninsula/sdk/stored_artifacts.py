"""Read the artifacts that were made, here or elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from msgspec import Struct

from peninsula.core import artifacts, codec
from peninsula.core.errors import InvalidError
from peninsula.journal import emitter
from peninsula.sdk import artifacts as making
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
    def get_or_create(
        cls,
        key: str,
        description: str | None = None,
        data: Any = None,
        type: str = "markdown",  # noqa: A002  Prefect's name
    ) -> tuple[Artifact, bool]:
        """Return the newest artifact of a key, and whether it was made here: there was none.

        Raises:
            InvalidError: No artifact is of that type, or the data are none for it.
            UnavailableError: No server answered within the setting `wait_timeout`.
        """
        found: tuple[Artifact, bool] = run_here(cls.aget_or_create(key, description, data, type))
        return found

    @classmethod
    async def aget_or_create(
        cls,
        key: str,
        description: str | None = None,
        data: Any = None,
        type: str = "markdown",  # noqa: A002  as above
    ) -> tuple[Artifact, bool]:
        """Return the newest artifact of a key, as `get_or_create` does."""
        found = await cls.aget(key)
        if found is not None:
            return found, False
        make = _MAKERS.get(type)
        if make is None:
            msg = f"No artifact has type={type!r}. There are {', '.join(_MAKERS)}."
            raise InvalidError(msg)
        make(data, key, description)
        made = await cls.aget(key)
        assert made is not None  # noqa: S101  it was told before it was asked for
        return made, True

    @classmethod
    async def aget(cls, key: str) -> Artifact | None:
        """Return the newest artifact of a key, as `get` does."""
        artifacts.check_key(key)
        await asyncio.to_thread(emitter.current().flush)
        return await ask(lambda api: _newest(api, key))


def _create_link(data: Any, key: str, description: str | None) -> UUID:
    given = data if isinstance(data, dict) else {"link": data}
    return making.create_link_artifact(
        given.get("link", ""), given.get("link_text"), key, description
    )


_MAKERS: Final[dict[str, Callable[[Any, str, str | None], UUID]]] = {
    "markdown": making.create_markdown_artifact,
    "table": making.create_table_artifact,
    "link": _create_link,
    "image": making.create_image_artifact,
    "progress": making.create_progress_artifact,
}


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
