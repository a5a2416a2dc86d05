"""An API server that is away is asked again, for a while."""

from __future__ import annotations

import asyncio

import pytest

from peninsula.core.errors import UnavailableError
from peninsula.kube.answers import refused
from peninsula.workers.kubernetes.patience import wait_for


def asked(*answers, seconds: float = 300.0):
    """Return what comes of these answers, how many were taken, and what was said."""
    given, said = iter(answers), []
    taken = 0

    async def attempt():
        nonlocal taken
        taken += 1
        answer = next(given)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def story():
        try:
            return await wait_for(attempt, seconds, said.append)
        except UnavailableError as problem:
            return problem.message

    return asyncio.run(story()), taken, said


@pytest.mark.parametrize(
    "problem", [UnavailableError("No answer."), refused(429, b"slowly"), refused(503, b"starting")]
)
def test_what_may_go_by_is_tried_again(problem):
    """And told of when it begins and ends."""
    answer, taken, said = asked(problem, problem, "made")
    assert (answer, taken, len(said)) == ("made", 3, 2)
    assert problem.message in said[0]


def test_patience_has_an_end():
    """Whose length is said."""
    answer, taken, _ = asked(UnavailableError("No answer."), seconds=0.0)
    assert (answer, taken) == ("No answer. It was tried for 0 s.", 1)


def test_what_stays_as_it_is_is_no_matter_of_patience():
    """An object that is too large."""
    answer, taken, said = asked(refused(413, b"too large"))
    assert (taken, said) == (1, [])
    assert "413" in answer
