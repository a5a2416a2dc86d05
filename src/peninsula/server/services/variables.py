"""Set and unset variables in the name of whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from peninsula.core.variables import Variable, check_name, check_tags, check_value
from peninsula.server.services.access import Caller
from peninsula.server.services.control import actor_of
from peninsula.server.services.intake import Stamps
from peninsula.server.storage.database import Database
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.referee import variables
from peninsula.server.storage.referee.moves import Now

__all__ = ["Variables"]


class Variables:
    """The variables of one database. The clock gives µs since 1970."""

    def __init__(
        self,
        database: Database,
        dictionary: Dictionary,
        stamps: Stamps,
        clock: Callable[[], int],
    ) -> None:
        """Take what changes are written and stamped with."""
        self._database = database
        self._dictionary = dictionary
        self._stamps = stamps
        self._clock = clock

    async def set(
        self, name: str, value: bytes, tags: Sequence[str], caller: Caller, *, overwrite: bool
    ) -> Variable:
        """Set a variable. Raises InvalidError, TooLargeError, or ConflictError: it is there."""
        check_name(name)
        check_value(value)
        check_tags(tags)
        return await self._database.write(
            variables.set_variable,
            self._dictionary,
            name,
            value,
            tags,
            actor_of(caller),
            self._now(),
            overwrite=overwrite,
        )

    async def unset(self, name: str, caller: Caller) -> None:
        """Remove a variable. Raises InvalidError or NotFoundError."""
        check_name(name)
        await self._database.write(
            variables.unset_variable, self._dictionary, name, actor_of(caller), self._now()
        )

    async def get(self, name: str) -> Variable:
        """Return a variable. Raises InvalidError or NotFoundError."""
        check_name(name)
        return await self._database.read(variables.variable_by_name, name)

    def _now(self) -> Now:
        return Now(self._clock(), self._stamps.next())
