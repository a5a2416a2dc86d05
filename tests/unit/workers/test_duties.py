"""Duties of a worker outlive what they break off by."""

from __future__ import annotations

import asyncio
import logging

import pytest

from peninsula.core.errors import UnavailableError
from peninsula.workers import duties
from peninsula.workers.duties import keep_going


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (UnavailableError("It is away."), "It is away."),
        (ExceptionGroup("in tasks", [KeyError("spec")]), "KeyError: 'spec'"),
    ],
)
def test_a_duty_that_breaks_off_begins_anew(monkeypatch, caplog, problem, words):
    """What it broke off by is said once: with its traceback, where nobody expects it."""
    monkeypatch.setattr(duties, "AGAIN", 0.0)
    caplog.set_level(logging.INFO, "peninsula.worker")
    problems = [problem] * 3

    async def story():
        again = asyncio.Event()

        async def duty(well):
            if problems:
                raise problems.pop()
            well()
            again.set()
            await asyncio.Event().wait()

        task = asyncio.create_task(keep_going("observe the pool", duty))
        await again.wait()
        task.cancel()

    asyncio.run(story())
    assert caplog.text.count("Cannot observe the pool") == 1
    assert words in caplog.text
    assert caplog.text.count("Can observe the pool again.") == 1
