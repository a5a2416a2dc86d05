"""A home in which flows run, and which says afterwards why they failed."""

from __future__ import annotations

import anyio
import pytest

from peninsula.core.answers import Impact, LoggedEvent, Overview, Suspect, Why
from peninsula.core.filters import EventFilter, RunFilter
from peninsula.core.runs import Run
from peninsula.core.states import StateType
from peninsula.sdk import asking
from peninsula.testing import harness


class Scenario:
    """What took place in a home, as the server of it explains it."""

    def why(self, flow: str) -> Why:
        """Why the last run of a flow failed."""

        async def question(api) -> Why:
            failed = (StateType.FAILED, StateType.CRASHED)
            runs = await api.runs(RunFilter(flows=(flow,), types=failed), limit=1)
            return await api.why(runs.items[0].id)

        return anyio.run(asking.ask, question)

    def events(self) -> tuple[LoggedEvent, ...]:
        """What has happened, the newest first."""
        return anyio.run(asking.ask, lambda api: api.events(EventFilter())).items

    def impact(self, resource: str) -> Impact:
        """What depends on a resource."""
        return anyio.run(asking.ask, lambda api: api.impact(resource))

    def dismiss(self, run: Run, suspect: Suspect) -> None:
        """Say that it is not the cause."""
        about = (run.id, suspect.event.id, run.kind)
        anyio.run(asking.ask, lambda api: api.dismiss(*about, dismissed=True))

    def overview(self) -> Overview:
        """How things are as a whole."""
        return anyio.run(asking.ask, lambda api: api.overview())


@pytest.fixture
def scenario():
    """A home of its own."""
    with harness():
        yield Scenario()
