"""Ask the server that is set or serves the home, else the local database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from peninsula.client.configuration import read_settings

if TYPE_CHECKING:
    from peninsula.client.api import Api
    from peninsula.core.settings import Settings
    from peninsula.journal.delivery import Intake

__all__ = ["ask", "opened"]

T = TypeVar("T")


def ask(question: Callable[[Api], Awaitable[T]]) -> T:
    """Open the API, ask, and return the answer."""
    return asyncio.run(_ask(question))


async def _ask(question: Callable[[Api], Awaitable[T]]) -> T:
    async with opened() as api:
        return await question(api)


@asynccontextmanager
async def opened() -> AsyncIterator[Api]:
    """Open the API. Without a server, the journals of this home are taken in first."""
    # Weight: httpx is imported by the commands that ask, not by --help.
    from peninsula.client.api import open_api  # noqa: PLC0415

    settings = read_settings()
    async with open_api(settings, adopt=partial(_adopt, settings)) as api:
        yield api


def _adopt(settings: Settings, port: Intake) -> None:
    from peninsula.journal.adopt import adopt  # noqa: PLC0415  only where there is no server

    adopt(settings, port)
