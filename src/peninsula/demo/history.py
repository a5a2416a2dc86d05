"""Live through the weeks of the demo, and leave the journals of all who took part."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

from peninsula.core.settings import Settings
from peninsula.demo import troubles
from peninsula.demo.booked import Booking
from peninsula.demo.cluster import EVICTED, OOM_KILLED, Death, tell_death
from peninsula.demo.deployed import place_of
from peninsula.demo.flows import clicks
from peninsula.demo.large import large_runs
from peninsula.demo.leaps import LeapingLoop
from peninsula.demo.processes import left_behind, run_until_killed
from peninsula.demo.scene import Scene
from peninsula.demo.timetable import DAYS, Start, announce, begin, starts
from peninsula.demo.troubles import Incident
from peninsula.journal import emitter
from peninsula.journal.emitter import Emitter
from peninsula.sdk.flows import Flow

__all__ = ["Homes", "live_through"]


class Homes(NamedTuple):
    """The homes of a history: that of the demo, and two that it takes journals from."""

    demo: Path
    killed: Path
    """Of processes that were killed."""
    running: Path
    """Of the process that still runs at the end."""


KILLED_AFTER: Final = timedelta(minutes=4)
"""How long pods and processes live that are to be killed."""


def live_through(homes: Homes, until: datetime, seed: int, *, large: bool = False) -> None:
    """Run the flows of the weeks before that moment."""
    # Runs write their logs to the terminal where nobody has said otherwise.
    logging.getLogger("peninsula").addHandler(logging.NullHandler())
    logging.getLogger("peninsula").propagate = False
    found = troubles.incidents(until)
    planned = list(starts(until, seed, [each.trouble for each in found]))
    deaths = [_kill(start, homes.killed) for start in planned if start.is_killed]
    gone = _leave_unfinished(homes, until, seed)
    planned = [start for start in planned if not start.is_killed]
    if large:
        planned += large_runs(until, seed)
    first = min(until - timedelta(days=DAYS), *(start.begin for start in planned))
    with asyncio.Runner(loop_factory=partial(LeapingLoop, first)) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, LeapingLoop)  # noqa: S101  the factory is above
        journal = Emitter(Settings(home=str(homes.demo)), clock=loop.nanoseconds)
        before = emitter.swap(journal)
        try:
            runner.run(_live(planned, found, deaths, gone))
        finally:
            emitter.swap(before)
            journal.close(0)


def _kill(start: Start, killed: Path) -> Death:
    """Run a flow in a pod that is killed; each has a home, to tell what was left there."""
    home = killed / start.flow.name
    at = start.begin + KILLED_AFTER
    run_until_killed(start, home, at)
    way = OOM_KILLED if start.flow.name == "build-features" else EVICTED
    return Death(start=start, at=at, way=way, runs=left_behind(home))


def _leave_unfinished(homes: Homes, until: datetime, seed: int) -> Start:
    """Run two flows that do not end. Return that whose process is gone without a word."""

    def start(flow: Flow[..., Any], minutes: int, **parameters: str) -> Start:
        scene = Scene(random=Random(f"{seed} {flow.name}"))  # noqa: S311  as in the timetable
        begin, place = until - timedelta(minutes=minutes), place_of(flow.name)
        booking = None if place is None else Booking.of(flow, parameters, place)
        return Start(
            flow=flow, parameters=parameters, begin=begin, scene=scene, team="web", booking=booking
        )

    backfill = start(clicks.backfill_sessions, 12, first=f"{until - timedelta(days=30):%Y-%m-%d}")
    run_until_killed(backfill, homes.killed / "backfill", backfill.begin + KILLED_AFTER)
    run_until_killed(start(clicks.stream_clicks, 90), homes.running, until)
    return backfill


async def _live(
    planned: Sequence[Start], found: Sequence[Incident], deaths: Sequence[Death], gone: Start
) -> None:
    async with asyncio.TaskGroup() as group:
        for incident in found:
            group.create_task(troubles.tell(incident))
        for death in deaths:
            group.create_task(tell_death(death))
        for start in planned:
            group.create_task(begin(start))
        group.create_task(announce(gone))
