"""Duties of a worker outlive what they break off by."""

from __future__ import annotations

import asyncio

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
    """What it broke off by is said: with its traceback, where nobody expects it."""
    monkeypatch.setattr(duties, "AGAIN", 0.0)
    problems = [problem]

    async def story():
        again = asyncio.Event()

        async def duty():
            if problems:
                raise problems.pop()
            again.set()
            await asyncio.Event().wait()

        task = asyncio.create_task(keep_going("observe the pool", duty))
        await again.wait()
        task.cancel()

    asyncio.run(story())
    assert "Cannot observe the pool" in caplog.text
    assert words in caplog.text
