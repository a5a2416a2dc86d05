"""Ask the server that is set or serves the home, else the local database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from peninsula.client.configuration import read_settings

if TYPE_CHECKING:
    from peninsula.client.api import Api
    from peninsula.core.settings import Settings
    from peninsula.journal.delivery import Intake

__all__ = ["adoption", "ask"]

T = TypeVar("T")


def ask(question: Callable[[Api], Awaitable[T]], settings: Settings | None = None) -> T:
    """Open the API, ask, and return the answer. The settings are this process's, if not given."""
    return asyncio.run(_ask(question, settings or read_settings()))


async def _ask(question: Callable[[Api], Awaitable[T]], settings: Settings) -> T:
    # Weight: httpx is imported by the commands that ask, not by --help.
    from peninsula.client.api import open_api  # noqa: PLC0415

    async with open_api(settings, adoption(settings)) as api:
        return await question(api)


def adoption(settings: Settings) -> Callable[[Intake], object]:
    """Return what brings the journals of this home to whoever opens its database."""

    def adopt(port: Intake) -> None:
        from peninsula.journal.adopt import adopt  # noqa: PLC0415  only where it is needed

        adopt(settings, port)

    return adopt
