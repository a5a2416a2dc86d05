"""Answers that blocks return: to the caller they are what they were."""

from __future__ import annotations

import asyncio
import copy
import json
import pickle
from dataclasses import dataclass

import pytest
from pydantic import BaseModel

from peninsula import flow
from peninsula.blocks import Block
from tests.integration.sdk.test_calls import calls
from tests.integration.sdk.test_observe import failed, state
from tests.support.processes import python


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

    def fail(self, error, password=None):  # noqa: ARG002  it is looked at
        """Raise it."""
        raise error


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


class LookupFailedError(Exception):
    """An error that looks for what it has not."""

    def __getattr__(self, name):
        raise KeyError(name)


class FrozenError(Exception):
    """An error that nothing can be set on."""

    def __setattr__(self, name, value):
        raise KeyError(name)


@pytest.mark.parametrize("kind", [LookupFailedError, FrozenError])
def test_whatever_a_block_raises_its_caller_gets(told, kind):
    """And the run ends by it; it leads to its call."""

    @flow
    def asks():
        Feed().fail(kind("as told"), password=kind())

    with pytest.raises(kind):
        asks()
    [call] = calls(told)
    assert state(told, "asks").follows == call.event.id
    with pytest.raises(kind):
        asks.fn()


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


class Model(BaseModel):
    """An answer with fields that are checked."""

    n: int = 1

    def raise_for_status(self):
        """Say that it failed."""
        raise ConnectionError


@dataclass
class Fields:
    """An answer that is equal to its like, and so has no hash."""

    n: int = 1

    def raise_for_status(self):
        """Say that it failed."""
        raise ConnectionError


class Items(dict):
    """An answer whose attributes are its items."""

    def __init__(self, n=1):
        super().__init__(n=n)

    def __setattr__(self, name, value):
        self[name] = value

    def raise_for_status(self):
        """Say that it failed."""
        raise ConnectionError


KINDS = {
    "model": (Model, vars),
    "fields": (Fields, vars),
    "items": (Items, dict),
}


@pytest.mark.parametrize("name", KINDS)
def test_nothing_is_written_on_an_answer(told, name):
    """It is listed, dumped, pickled and copied as one that no block has returned; it is known."""
    kind, list_ = KINDS[name]

    @flow
    def asks():
        answer = Feed().get(kind())
        assert json.loads(json.dumps(list_(answer))) == {"n": 1}
        for other in (pickle.loads(pickle.dumps(answer)), copy.copy(answer), copy.deepcopy(answer)):
            assert other == answer == kind()
            assert list_(other) == {"n": 1}
        answer.raise_for_status()

    failed(asks)
    [call] = calls(told)
    assert state(told, "asks").follows == call.event.id


HOLDS = """
import gc
from contextlib import suppress
from weakref import ref

from tests.integration.sdk.test_answers import Feed, Fields, flow

seen = []

@flow
def asks():
    answer = Feed().get(Fields())
    seen.append(ref(answer))
    try:
        answer.raise_for_status()
    except ConnectionError:
        again = Feed().get(Fields())
        seen.append(ref(again))
        again.raise_for_status()

with suppress(ConnectionError):
    asks()
gc.collect()
print([each() for each in seen])
"""


def test_an_answer_goes_when_its_last_reader_leaves_it(told, home):
    """Though its call is known, and its run failed while it held it."""
    with python("-c", HOLDS, env={"PENINSULA_HOME": str(home)}) as program:
        assert program.succeed().splitlines()[-1] == "[None, None]"
    assert len(calls(told)) == 2
