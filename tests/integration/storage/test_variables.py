"""Variables in the database of each engine."""

from __future__ import annotations

import asyncio

import pytest

from peninsula.core.errors import ConflictError, NotFoundError
from peninsula.core.events import Related
from peninsula.server.storage.referee import variables
from peninsula.server.storage.referee.moves import Now

pytestmark = pytest.mark.anyio

ACTOR = Related(id="peninsula.owner.home", role="actor", name="the owner")


async def set_(store, name: str, value: bytes = b"1", tags=(), at: int = 1, **how):
    """Set one at a moment."""
    how.setdefault("overwrite", False)
    return await store.database.write(
        variables.set_variable,
        store.dictionary,
        name,
        value,
        tags,
        ACTOR,
        Now(at, at),
        **how,
    )


async def test_a_variable_is_what_was_set_last(store):
    """It keeps its id and when it was created."""
    first = await set_(store, "region", b'"eu"', ("b", "a", "b"))
    assert (bytes(first.value), first.tags) == (b'"eu"', ("a", "b"))
    second = await set_(store, "region", b'{"a": [1, null]}', at=9, overwrite=True)
    assert (bytes(second.value), second.tags) == (b'{"a": [1, null]}', ())
    assert (second.id, second.created) == (first.id, first.created)
    assert second.updated > first.updated
    assert await store.database.read(variables.variable_by_name, "region") == second


async def test_one_that_is_there_is_not_changed_unless_so_asked(store):
    """The error names it, and nothing is told."""
    await set_(store, "region")
    with pytest.raises(ConflictError, match="'region' already"):
        await set_(store, "region", b"2")
    assert await store.rows("SELECT count(*) FROM events") == [(1,)]


async def test_each_change_is_told_without_the_value(store):
    """Who did it is related, and the tags are said."""
    await set_(store, "region", b'"eu-secret"', ("a",))
    await set_(store, "region", b'"us-secret"', overwrite=True)
    await store.database.write(
        variables.unset_variable, store.dictionary, "region", ACTOR, Now(3, 3)
    )
    told = await store.rows(
        "SELECT n.text, e.payload, e.extra FROM events e JOIN names n ON n.id = e.name"
        " ORDER BY e.position"
    )
    assert [(name, payload) for name, payload, _ in told] == [
        ("peninsula.variable.created", '{"tags":["a"]}'),
        ("peninsula.variable.updated", '{"tags":[]}'),
        ("peninsula.variable.deleted", '{"tags":[]}'),
    ]
    assert all('"region"' in extra and "secret" not in extra for *_, extra in told)
    with pytest.raises(NotFoundError):
        await store.database.read(variables.variable_by_name, "region")


async def test_of_those_who_create_one_at_once_one_does(store):
    """The others are told that it is there."""
    outcomes = await asyncio.gather(
        *(set_(store, "region", b"%d" % place) for place in range(8)), return_exceptions=True
    )
    assert sum(isinstance(outcome, ConflictError) for outcome in outcomes) == 7
    assert await store.rows("SELECT count(*) FROM variables") == [(1,)]


async def test_pages_are_by_name_both_ways_and_filtered(store):
    """By a part of the name, and by tags as whole words whatever is in them."""
    for name in ("b-1", "a_2", "b_3", "a-4", "c5"):
        await set_(store, name, tags=(name[0], 'x","y'))
    find = variables.find_variables
    first = await store.database.read(find, limit=2)
    second = await store.database.read(find, limit=2, cursor=first.next)
    last = await store.database.read(find, limit=2, cursor=second.next)
    names = [[one.name for one in page.items] for page in (first, second, last)]
    assert names == [["a-4", "a_2"], ["b-1", "b_3"], ["c5"]]
    assert last.next is None
    assert await store.database.read(find, limit=2, cursor=second.previous) == first

    async def named(**how) -> list[str]:
        return [one.name for one in (await store.database.read(find, **how)).items]

    assert await named(text="B") == ["b-1", "b_3"]
    assert await named(tags=("a",)) == ["a-4", "a_2"]
    assert await named(tags=("a", 'x","y'), text="2") == ["a_2"]
    assert await named(tags=("y",)) == await named(tags=("a", "b")) == []
