"""The event loop that leaps through time."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random

import pytest

from peninsula.demo import large
from peninsula.demo.leaps import LeapingLoop, now
from peninsula.demo.scene import Scene
from peninsula.demo.timetable import Start, play
from peninsula.testing import harness

BEGIN = datetime(2026, 1, 31, 2, 13, tzinfo=UTC)


def leap(coroutine):
    """Run a coroutine from the beginning on."""
    with asyncio.Runner(loop_factory=partial(LeapingLoop, BEGIN)) as runner:
        return runner.run(coroutine)


def test_sleeping_for_weeks_moves_the_clock_and_takes_no_time():
    """The clock is where a real one would be."""

    async def sleep() -> datetime:
        await asyncio.sleep(21 * 86_400)
        return now()

    before = time.monotonic()
    assert leap(sleep()) == BEGIN + timedelta(days=21)
    assert time.monotonic() - before < 3_600


def test_what_sleeps_at_once_wakes_in_the_order_of_time():
    """Runs overlap as they would."""
    woke: list[tuple[str, float]] = []

    async def sleep(name: str, *seconds: float) -> None:
        for each in seconds:
            await asyncio.sleep(each)
            woke.append((name, (now() - BEGIN).total_seconds()))

    async def together() -> None:
        await asyncio.gather(sleep("a", 10, 10), sleep("b", 15, 1))

    leap(together())
    assert woke == [("a", 10), ("b", 15), ("b", 16), ("a", 20)]


def test_a_timeout_comes_before_what_takes_longer():
    """`asyncio.timeout` is a timer as any other."""

    async def sleep() -> None:
        async with asyncio.timeout(60):
            await asyncio.sleep(3_600)

    with pytest.raises(TimeoutError):
        leap(sleep())


def test_a_thread_is_waited_for_where_no_timer_is_set():
    """There is nothing to leap to."""

    async def ask() -> int:
        return await asyncio.to_thread(lambda: 5)

    assert leap(ask()) == 5


def test_a_large_flow_run_has_a_task_run_and_an_event_for_each_file():
    """What `--large` makes, with fewer of them."""
    start = Start(
        flow=large.convert_files,
        parameters={"files": 120},
        begin=BEGIN,
        scene=Scene(random=Random(1)),
        team="web",
    )
    with harness() as made:
        leap(play(start))
        assert len(made.runs("convert_file")) == 120
        assert len(made.events("s3.write.completed")) == 120
