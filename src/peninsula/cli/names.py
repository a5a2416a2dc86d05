"""Know runs by their names where only their ids are told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final
from uuid import UUID

from peninsula.core.filters import RunFilter
from peninsula.core.runs import RunKind

if TYPE_CHECKING:
    from peninsula.client.api import Api

__all__ = ["RunNames"]

AT_ONCE: Final = 100
"""Names asked for in one question: the ids are part of an address."""


class RunNames:
    """The names of runs, each asked for once."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._names: dict[UUID, str] = {}

    async def learn(self, runs: Iterable[UUID]) -> None:
        """Ask for the names that are not known yet."""
        unknown = set(runs) - self._names.keys()
        for kind in (RunKind.TASK_RUN, RunKind.FLOW_RUN):
            wanted = sorted(unknown - self._names.keys())
            for start in range(0, len(wanted), AT_ONCE):
                ids = tuple(wanted[start : start + AT_ONCE])
                page = await self._api.runs(RunFilter(kind=kind, ids=ids), limit=AT_ONCE)
                self._names.update((run.id, run.name) for run in page.items)

    def of(self, run: UUID) -> str | None:
        """Return the name, None of a run that is not known."""
        return self._names.get(run)
