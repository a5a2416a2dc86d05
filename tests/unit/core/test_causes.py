"""What is suspected of a failure, how sure that is, and how often it was there before."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from msgspec import structs

from peninsula.core import causes
from peninsula.core.causes import PastRun, Seen, Sighting, Strength
from peninsula.core.life import describe
from tests.support.make import START


class OddError(Exception):
    """An exception of a test."""


@pytest.mark.parametrize(
    ("message", "type_"),
    [
        (describe(ValueError("no: rows")), "ValueError"),
        (describe(KeyboardInterrupt()), "KeyboardInterrupt"),
        (describe(OddError("x")), "OddError"),
        ("test.<locals>.HttpError: 404", "test.<locals>.HttpError"),
        ("2 of 3 task runs failed: clean-0", None),
        ("Stopped", None),
        ("gone", None),
        (None, None),
    ],
)
def test_a_message_begins_with_the_type_of_its_exception(message, type_):
    """As the engine writes it; other messages have none."""
    assert causes.error_type(message) == type_


def seen(number: int, minute: float, name: str = "a", *, in_run: bool = False) -> Seen:
    """An event that many minutes after the start."""
    occurred = START + timedelta(minutes=minute)
    return Seen(
        id=UUID(int=number), name=name, resource="s3://lake", occurred=occurred, in_run=in_run
    )


def test_facts_come_first_then_what_no_run_did_then_what_is_near():
    """Each kind of event once per resource; nothing from before the window or after the end."""
    failed = START + timedelta(minutes=20)
    near = [
        seen(1, 19, "by a run", in_run=True),
        seen(2, 15, "changed"),
        seen(3, 12, "changed"),
        seen(4, 18, "rotated"),
        seen(5, 19, "call"),
        seen(6, 9, "too early"),
        seen(7, 21, "too late"),
    ]
    found = causes.suspects(failed, [seen(8, 19.5, "call")], near)
    assert [(one.seen.id.int, one.strength) for one in found] == [
        (8, Strength.LINKED),
        (4, Strength.COINCIDENT),
        (2, Strength.COINCIDENT),
        (1, Strength.COINCIDENT),
    ]


def test_facts_that_are_alike_on_one_system_are_one():
    """Ten mapped tasks that could not read a file each have one reason; the first stands for it."""
    paths = ("s3://lake/a", "s3://lake/b", "s3://other/a")
    linked = [structs.replace(seen(number, 19), resource=path) for number, path in enumerate(paths)]
    found = causes.suspects(START + timedelta(minutes=20), linked, [])
    assert [one.seen.resource for one in found] == ["s3://lake/a", "s3://other/a"]


def test_the_past_counts_runs_in_which_it_happened():
    """In it or shortly before it; a fact that some run made, only in that run."""
    past = [
        PastRun(
            run=number,
            began=START + timedelta(hours=number),
            ended=START + timedelta(hours=number, minutes=5),
            failed=number % 2 == 0,
        )
        for number in range(5)
    ]
    sightings = [
        Sighting(occurred=START + timedelta(hours=2), root=2),
        Sighting(occurred=START + timedelta(minutes=55), root=7),
        Sighting(occurred=START + timedelta(hours=3, minutes=6), root=None),
    ]
    linked = causes.occurrence(past, sightings, Strength.LINKED)
    assert (linked.failures, linked.of_failures) == (1, 3)
    assert (linked.successes, linked.of_successes) == (0, 2)
    coincident = causes.occurrence(past, sightings, Strength.COINCIDENT)
    assert (coincident.failures, coincident.successes) == (1, 1)
    outside = [Sighting(occurred=START + timedelta(minutes=55), root=None)]
    assert causes.occurrence(past, outside, Strength.LINKED).successes == 1
