"""Hold what a run of the demo finds: the time, chance, and what is wrong in the world just then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from uuid import UUID

from peninsula.demo.leaps import now

__all__ = ["Scene", "Trouble", "scene", "set_scene", "work"]


@dataclass(kw_only=True)
class Trouble:
    """Something that is wrong with a system for a while."""

    where: str
    """What the resources begin with that it is about."""
    since: datetime
    until: datetime
    slows: float = 1.0
    """Calls take so many times as long."""
    error: Callable[[str], Exception] | None = None
    """Makes what calls fail with, given the resource; None only slows them."""
    cause: UUID | None = None
    """The event that told of it, once it is told."""

    def reaches(self, resource: str, at: datetime) -> bool:
        """Tell whether a call at that moment meets it."""
        return resource.startswith(self.where) and self.since <= at < self.until


@dataclass(kw_only=True)
class Scene:
    """What one run finds."""

    random: Random
    """The same for the same run of every history with one seed."""
    pace: float = 1.0
    """What its work takes longer than it did at the beginning: data grows."""
    troubles: Sequence[Trouble] = ()
    flags: frozenset[str] = field(default_factory=frozenset)
    """What is different in this run: `new-field`."""
    pod: str | None = None
    """The resource id of the pod that it runs in."""

    def trouble(self, resource: str) -> Trouble | None:
        """Return what a call to that resource meets now."""
        at = now()
        return next((each for each in self.troubles if each.reaches(resource, at)), None)

    def seconds(self, usual: float) -> float:
        """Return how long something takes that usually takes so long."""
        return usual * self.pace * self.random.lognormvariate(0.0, 0.18)


_SCENE: ContextVar[Scene] = ContextVar("peninsula_demo_scene")

scene = _SCENE.get
"""Return the scene of this flow run."""
set_scene = _SCENE.set
"""Set the scene for what runs in this asyncio task from now on."""


async def work(seconds: float) -> None:
    """Take about so long."""
    await asyncio.sleep(scene().seconds(seconds))
