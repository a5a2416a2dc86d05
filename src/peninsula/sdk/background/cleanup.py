"""Remove the parameters of background runs whose worker was killed: nobody else does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from peninsula.core.errors import PeninsulaError
from peninsula.core.filters import RunFilter, Sort, SortBy
from peninsula.core.runs import Run, RunKind
from peninsula.core.states import StateType
from peninsula.sdk.background.parameters import drop_parameters

if TYPE_CHECKING:
    from peninsula.client.api import Api
    from peninsula.sdk.tasks import Task

__all__ = ["Cleanup"]

PAUSE: Final = 30.0
"""Seconds between two looks at least."""

MOST: Final = 200
"""Runs of a look, those that ended last."""


class Cleanup:
    """What earlier workers left of runs of some tasks."""

    def __init__(self, tasks: Mapping[str, Task[..., Any]]) -> None:
        self._tasks = tasks
        self._looked: float | None = None
        self._known: set[UUID] = set()
        """Whose parameters are removed already."""

    async def remove(self, api: Api) -> None:
        """Look for runs that are over, and remove what they were given. Often called, seldom done.

        What goes wrong is left for the next look.
        """
        if self._looked is not None and time.monotonic() - self._looked < PAUSE:
            return
        self._looked = time.monotonic()
        wanted = RunFilter(
            kind=RunKind.TASK_RUN,
            types=(StateType.CRASHED, StateType.CANCELLED),
            tasks=tuple(self._tasks),
        )
        with suppress(PeninsulaError):
            page = await api.runs(wanted, sort=Sort(by=SortBy.ENDED), limit=MOST)
            over = {run.id: run for run in page.items if _is_read(run)}
            fresh = [run for id_, run in over.items() if id_ not in self._known]
            await asyncio.to_thread(self._drop, fresh)
            self._known = set(over)

    def _drop(self, runs: list[Run]) -> None:
        for run in runs:
            task = self._tasks.get(run.task or "")
            if task is not None:
                drop_parameters(task, run.id)


def _is_read(run: Run) -> bool:
    # One that is presumed Crashed before it began may be begun yet, if its worker comes back.
    return run.state.type is StateType.CANCELLED or run.started is not None
