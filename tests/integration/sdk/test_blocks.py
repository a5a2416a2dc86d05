"""Methods of blocks: each call is told once, and they stay what they are for everyone else."""

from __future__ import annotations

import inspect
import json
import pickle
from contextlib import contextmanager
from functools import lru_cache, partialmethod, wraps
from uuid import uuid4

import pytest
from pydantic import SecretStr

from peninsula import flow, task
from peninsula.blocks import Block, moved, touches, unobserved


class Key(Block):
    """A credential."""

    password: SecretStr = SecretStr("hunter22")


class Shouting:
    """A plain mixin."""

    def shout(self):
        """Said loudly."""
        return self.read("x").upper()


class Lake(Shouting, Block):
    """A store of files that are not there."""

    name: str = "lake"
    key: Key = Key()

    def _system(self):
        return f"s3://user:{self.key.password.get_secret_value()}@{self.name}?sig=1"

    def read(self, path: str, *, how: str = "fast") -> bytes:
        """Read a file."""
        touches(f"s3://{self.name}/{path}")
        if path == "bad":
            raise FileNotFoundError(f"no {path} for {self.key.password.get_secret_value()}")
        return b"12345" if how == "fast" else b"1"

    def write(self, path: str, rows: list[int]):
        """Write a file."""
        touches(f"s3://{self.name}/{path}")
        moved(rows=len(rows), bytes=8 * len(rows))

    def copy_all(self):
        """Read twice."""
        return self.read("a") + self.read("b")

    async def aread(self, path: str):
        """Read later."""
        return path.encode()

    def pages(self):
        """Read in parts."""
        yield from range(3)

    async def apages(self):
        """Read in parts, later."""
        for page in range(3):
            yield page

    @contextmanager
    def session(self):
        """Stay connected."""
        yield self

    @unobserved
    def label(self):
        """Look at nothing outside."""
        return self.name

    @staticmethod
    def parse(text):
        """Look at nothing outside."""
        return text

    def _private(self):
        return self.name


class Inner(Lake):
    """Overrides."""

    def read(self, path: str, *, how: str = "fast"):
        """Read by the way of another."""
        return super().read(path, how=how)


def calls(told, of=""):
    """Return the records of calls whose name contains a text."""
    prefix = "peninsula.call."
    return [r for r in told.events() if r.event.event.startswith(prefix) and of in r.event.event]


def names(told):
    """Return the names of the events of calls."""
    return [record.event.event.removeprefix("peninsula.call.") for record in calls(told)]


def said(record):
    """Return what the event's payload says."""
    return json.loads(bytes(record.event.payload))


@pytest.mark.parametrize("given", [(), (None,)])
def test_a_method_that_is_called_of_no_block_fails_as_any_other(given):
    """In Python's words, and not in those of who would have told of it."""
    with pytest.raises((AttributeError, TypeError), match=r"'read'|'self'"):
        Lake.copy_all(*given)


def test_a_call_in_a_run_is_an_event_of_that_run(told):
    """It is about the path that was touched, and says how it went."""

    @task
    def extract():
        return Lake().read("raw/a.csv")

    @flow
    def nightly():
        extract()

    nightly()
    [record] = calls(told)
    assert record.event.event == "peninsula.call.lake.read.completed"
    assert record.event.resource.id == "s3://lake/raw/a.csv"
    assert (record.run, record.root) == (told.one("extract").id, told.one("nightly").id)
    payload = said(record)
    assert payload["method"] == "read"
    assert payload["bytes"] == 5
    assert payload["arguments"] == {"path": "<str of 9>"}
    assert payload["seconds"] >= 0


def test_a_failed_run_follows_the_call_that_raised(told):
    """A fact, not a guess: the state's event names the call's."""

    @flow
    def nightly():
        Lake().read("bad")

    with pytest.raises(FileNotFoundError):
        nightly()
    [record] = calls(told)
    assert record.event.event.endswith(".failed")
    assert told.one("nightly").events[-1].follows == record.event.id


def test_no_secret_is_told(told):
    """Neither of the address nor of an error's text, in any form."""
    with pytest.raises(FileNotFoundError):
        Lake().read("bad", how="hunter22")
    Lake().aread("x").close()
    Lake().write("hunter", [1])
    for record in calls(told):
        assert b"hunter22" not in bytes(record.event.payload)
        assert "hunter22" not in record.event.resource.id
        assert "sig" not in record.event.resource.id


class Api(Block):
    """A service that repeats what it is given."""

    def ask(self, path, password="canary-default", **options):
        """Fail."""
        raise ConnectionError(f"{path}, {password}, {options}")

    def pages(self, token):
        """Fail in the middle."""
        yield 1
        raise ConnectionError(f"no more for {token}")


@pytest.mark.parametrize(
    "fail",
    [
        lambda: Api().ask("/"),
        lambda: Api().ask("/", "canary-position"),
        lambda: Api().ask("/", password="canary-named"),
        lambda: Api().ask("/", api_key=SecretStr("canary-typed")),
        lambda: Api().ask("/", headers={"X-Api-Key": "canary-header"}),
        lambda: Api().ask("/", headers=[("Cookie", "canary-pair")]),
        lambda: list(Api().pages("canary-generator")),
    ],
)
def test_an_exception_that_repeats_a_secret_argument_is_masked(told, fail):
    """Nobody said that it is one but its name; the run, its log and the call have it not."""

    @flow
    def nightly():
        fail()

    with pytest.raises(ConnectionError):
        nightly()
    body = b"".join(bytes(record.event.payload) for record in told.events())
    assert b"ConnectionError" in body
    assert b"canary" not in body
    assert "canary" not in "".join(told.one("nightly").log)


@pytest.mark.parametrize("kind", [Lake, Inner])
def test_calls_within_one_block_are_told_once(told, kind):
    """At the outside: neither what a method calls of its own block, nor what super() does."""
    kind().copy_all()
    kind().read("x")
    assert [name.partition(".")[2] for name in names(told)] == [
        "copy_all.completed",
        "read.completed",
    ]


def test_methods_of_plain_mixins_are_told(told):
    """As if they were the block's own, and the mixin stays as it was."""
    assert Lake().shout() == b"12345"
    assert names(told) == ["lake.shout.completed"]
    assert not hasattr(Shouting.shout, "__wrapped__")


class Made(Lake):
    """Methods that are no plain functions."""

    @lru_cache  # noqa: B019  a test's
    def remembered(self, path: str):
        """Read a file once."""
        return self.read(path)

    part = partialmethod(Lake.copy_all)
    slow = partialmethod(Shouting.shout)

    @wraps(Lake.copy_all)
    def copied(self):
        """Read by the words of another."""
        return self.read("a")

    @unobserved
    @lru_cache  # noqa: B019  as above
    def label(self):
        """Look at nothing outside."""
        return self.name

    def __hash__(self):
        return 1


def test_methods_that_are_no_plain_functions_are_told(told):
    """What is remembered is told once, and remembers as ever."""
    made = Made()
    assert made.remembered("x") == made.remembered("x") == b"12345"
    assert Made.remembered.cache_info().hits == 1
    assert made.slow() == b"12345"
    assert made.copied() == b"12345"
    assert made.part() == b"1234512345"
    assert made.label() == "lake"
    assert names(told) == [
        "made.remembered.completed",
        "made.slow.completed",
        "made.copied.completed",
        "made.copy_all.completed",
    ]


@pytest.mark.parametrize("address", ["not an address", None])
def test_a_block_that_says_wrong_where_it_leads_is_told_by_its_type(told, address):
    """A mistake there hides no call, and is no failure of it."""

    class Astray(Block):
        def _system(self):
            return address or self.name_that_is_not_there

        def get(self):
            """Fail."""
            raise ConnectionError

    @flow
    def gets():
        Astray().get()

    with pytest.raises(ConnectionError):
        gets()
    (record,) = calls(told)
    assert record.event.event == "peninsula.call.astray.get.failed"
    assert record.event.resource.id == "peninsula.block-type.astray"


def test_what_uses_no_system_is_not_told(told):
    """Marked, static and private methods, and those of pydantic."""
    lake = Lake()
    lake.label()
    lake.parse("x")
    lake._private()
    lake.model_dump()
    lake.model_copy()
    assert calls(told) == []


def test_methods_stay_what_they_are():
    """For `inspect`, for documentation, and for whoever overrides them."""
    assert inspect.iscoroutinefunction(Lake.aread)
    assert inspect.isgeneratorfunction(Lake.pages)
    assert inspect.isasyncgenfunction(Lake.apages)
    assert (
        str(inspect.signature(Lake.read))
        == "(self, path: 'str', *, how: 'str' = 'fast') -> 'bytes'"
    )
    assert Lake.read.__doc__ == "Read a file."
    assert Lake.read.__qualname__ == "Lake.read"


def test_blocks_and_their_methods_are_pickled():
    """A method goes to another process with its block."""
    assert pickle.loads(pickle.dumps(Lake(name="other").read))("x") == b"12345"


def test_the_blocks_in_a_block_are_related(told):
    """So that the page of a credential lists the runs that used it through others."""
    lake = Lake()
    lake._document_id, lake._document_name = uuid4(), "lake"
    lake.key._document_id, lake.key._document_name = uuid4(), "key"
    lake.read("x")
    [record] = calls(told)
    assert [(each.role, each.name, each.id) for each in record.event.related] == [
        ("block", "lake", f"peninsula.block-document.{lake._document_id}"),
        ("uses", "key", f"peninsula.block-document.{lake.key._document_id}"),
    ]


def test_a_call_in_another_blocks_call_follows_it(told):
    """Both are told; the inner one says in which it happened."""

    class Mirror(Block):
        lake: Lake = Lake()

        def fill(self):
            return self.lake.read("x")

    Mirror().fill()
    inner, outer = calls(told)
    assert inner.event.follows == outer.event.id
    assert outer.event.resource.id == "peninsula.block-type.mirror"


def test_the_setting_turns_it_off(told, monkeypatch):
    """`PENINSULA_OBSERVE_BLOCKS=false`."""
    monkeypatch.setenv("PENINSULA_OBSERVE_BLOCKS", "false")
    Lake().read("x")
    assert list(Lake().pages()) == [0, 1, 2]
    assert calls(told) == []


def test_what_a_method_says_it_moved_is_told(told):
    """Bytes and rows."""
    Lake().write("x", [1, 2, 3])
    [record] = calls(told)
    assert (said(record)["rows"], said(record)["bytes"]) == (3, 24)


def test_no_secret_is_in_the_file_of_what_is_under_way(told, home):
    """The account of open calls lies beside the journal, and is masked as that is."""

    class Peeking(Lake):
        def peek(self, word):
            touches(f"s3://lake/{word}")
            return b"".join(file.read_bytes() for file in home.glob("journal/*/calls"))

    found = Peeking().peek("hunter22")
    assert b"peninsula.call.peeking.peek" in found
    assert b"hunter22" not in found
