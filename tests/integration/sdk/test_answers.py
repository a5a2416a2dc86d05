"""Answers that blocks return: to the caller they are what they were."""

from __future__ import annotations

import asyncio

import pytest

from peninsula import flow
from peninsula.blocks import Block
from tests.integration.sdk.test_calls import calls


class Answer:
    """An answer of a library of the user's own."""

    def raise_for_status(self):
        """Raise nothing."""


class Lazy(Answer):
    """One that is not there yet."""

    @property
    def status_code(self):
        """Raise, as nobody has waited for it."""
        raise ConnectionError


class Proxy(Answer):
    """One that stands for another."""

    @property
    def __class__(self):
        """Raise, as there is none."""
        raise ConnectionError


class Alike(type):
    """A class that is known by its name."""

    __hash__ = None

    def __eq__(cls, other):
        return cls.__name__ == other.__name__


class Named(Answer, metaclass=Alike):
    """An answer of such a class."""


class Feed(Block):
    """A block that returns what it is given."""

    def _system(self):
        return "https://feed.internal"

    def get(self, answer):
        """Return it."""
        return answer


@pytest.mark.parametrize("kind", [Lazy, Proxy, Named])
def test_whatever_a_block_returns_its_caller_gets(told, kind):
    """Properties and classes of the user's may raise, inside of a flow and outside."""
    answer = kind()

    @flow
    def asks():
        assert Feed().get(answer) is answer

    asks()
    asks.fn()
    assert [record.event.event for record in calls(told)] == [
        "peninsula.call.feed.get.completed"
    ] * 2


class Frames(Answer):
    """An answer that is read piece by piece, and says what it is sent."""

    closed = False

    def read(self):
        """Return it whole at last."""
        try:
            yield (yield "part")
        except KeyError:
            yield "thrown"
        return "whole"

    async def iter_raw(self):
        """Have to be waited for at the end."""
        try:
            try:
                yield (yield "part")
            except KeyError:
                yield "thrown"
        finally:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            self.closed = True


def reads_in_steps(frames):
    """Send, throw, and return what it returns."""
    given = frames.read()
    yield next(given)
    yield given.send("sent")
    yield given.throw(KeyError())
    yield (yield from given)


async def reads_in_steps_later(frames):
    """Do so in asyncio, and close it."""
    given = frames.iter_raw()
    yield await anext(given)
    yield await given.asend("sent")
    yield await given.athrow(KeyError())
    assert not frames.closed
    await given.aclose()
    yield frames.closed


async def listed(given):
    """Return all that it gives."""
    return [each async for each in given]


def test_generators_of_an_answer_are_what_they_were(told):
    """They take what they are sent and thrown, return, and are closed when they are."""
    answer = Feed().get(Frames())
    assert list(reads_in_steps(answer)) == ["part", "sent", "thrown", "whole"]
    assert asyncio.run(listed(reads_in_steps_later(answer))) == ["part", "sent", "thrown", True]
    assert len(calls(told)) == 1


async def hold(frames):
    """Hold its rest beyond the loop's end."""
    given = frames.iter_raw()
    await anext(given)
    return given


def test_a_generator_of_an_answer_that_is_held_is_closed_by_its_loop(told, caplog):
    """Once."""
    answer = Feed().get(Frames())
    asyncio.run(hold(answer))
    assert answer.closed
    assert [each.getMessage() for each in caplog.records if each.name == "asyncio"] == []
    assert len(calls(told)) == 1
