"""Blocks in the database of each engine."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.fernet import Fernet
from msgspec import structs

from peninsula.core import blocks, codec, secret_places
from peninsula.core.errors import ConflictError, InvalidError, NotFoundError, UnavailableError
from peninsula.core.events import Related
from peninsula.core.texts import MASK
from peninsula.server.ring import Ring
from peninsula.server.storage.read import blocks as read
from peninsula.server.storage.referee import block_types, opening, rotation
from peninsula.server.storage.referee import blocks as referee
from peninsula.server.storage.referee.block_types import WantedType
from peninsula.server.storage.referee.moves import Now

pytestmark = pytest.mark.anyio

ACTOR = Related(id="peninsula.owner.home", role="actor", name="the owner")
SERVERS = 8

FIELDS: dict[str, Any] = {
    "properties": {"user": {}, "password": {}, "headers": {}, "credentials": {}},
    "secret_fields": ["password", "headers.*"],
}


def ring(*keys: str) -> Ring:
    """Keys, or a new one."""
    return Ring(keys or (Fernet.generate_key().decode(),), "a test")


def wanted_type(slug: str = "database", **more: Any) -> WantedType:
    """A type as it is registered."""
    given: dict[str, Any] = {
        "slug": slug,
        "name": "Database",
        "description": None,
        "logo_url": None,
        "documentation_url": None,
        "code_example": None,
        "fields": codec.encode(FIELDS),
        "version": "1",
        "capabilities": ("query",),
    }
    return WantedType(**given | more)


async def register(store, slug: str = "database", at: int = 1, **more: Any):
    """Register a type."""
    wanted = wanted_type(slug, **more)
    return await store.database.write(
        block_types.register_type, store.dictionary, wanted, ACTOR, Now(at, at)
    )


async def save(store, keys: Ring, name: str, data: dict[str, Any], at: int = 2, **how: Any):
    """Save a block of the type `database`."""
    how.setdefault("overwrite", False)
    schema = await store.database.read(block_types.schema_of, "database", None)
    masked, secrets = secret_places.split(
        data, blocks.secret_fields(codec.decode(dict, schema.fields))
    )
    wanted = referee.WantedBlock(
        type="database", name=name, schema=schema, data=masked, secrets=secrets, expires=None
    )
    return await store.database.write(
        referee.save_block, store.dictionary, wanted, lambda: keys, ACTOR, Now(at, at), **how
    )


async def open_(store, keys: Ring, id_, at: int = 3):
    """Open one; return the data of each block in it."""
    found = await store.database.write(
        opening.open_block, store.dictionary, id_, lambda: keys, [ACTOR], Now(at, at)
    )
    return [json.loads(bytes(one.data)) for one in found.blocks]


async def told(store) -> list[str]:
    """The names of all events, in order."""
    rows = await store.rows(
        "SELECT n.text FROM events e JOIN names n ON n.id = e.name ORDER BY e.position"
    )
    return [name.removeprefix("peninsula.block-") for (name,) in rows]


async def test_a_type_is_told_of_only_when_it_changes(store):
    """Each schema that it had stays known, by its checksum."""
    first = await register(store)
    assert await register(store, at=5) == first
    fields = codec.encode(FIELDS | {"title": "other"})
    second = await register(store, at=9, fields=fields)
    assert (second.id, second.created) == (first.id, first.created)
    assert second.schema.checksum != first.schema.checksum
    found = await store.database.read(block_types.schema_of, "database", first.schema.checksum)
    assert found == first.schema
    assert await told(store) == ["type.created", "type.updated"]


async def test_a_block_that_is_saved_as_it_is_has_not_changed(store):
    """Nothing is told of it, in whatever order it is said; what differs is a change."""
    await register(store)
    keys = ring()
    data = {"user": "a", "headers": {"x": "secret-1", "y": "secret-2"}, "password": "secret-3"}
    made = await save(store, keys, "a", data)
    again = dict(reversed(data.items()))
    assert await save(store, keys, "a", again, at=5, overwrite=True) == made
    masked = data | {"password": MASK}
    assert await save(store, keys, "a", masked, at=6, overwrite=True) == made
    assert (await told(store)).count("document.updated") == 0
    for other in ({"password": "secret-4"}, {"user": "b"}, {"user": None}):
        await save(store, keys, "a", data | other, at=7, overwrite=True)
    assert (await told(store)).count("document.updated") == 3


async def test_a_block_keeps_its_secrets_out_of_the_rows(store):
    """What is stored and answered is masked; opened, it is as it was saved."""
    await register(store)
    keys = ring()
    data = {"user": "etl", "password": "canary-1", "headers": {"a": "canary-2", "b": ""}}
    made = await save(store, keys, "warehouse", data)
    masked = {"user": "etl", "password": MASK, "headers": {"a": MASK, "b": ""}}
    assert json.loads(bytes(made.data)) == masked
    assert made.secrets == ("password", "headers.a")
    assert await store.database.read(read.block_by_name, "database", "warehouse") == made
    assert await open_(store, keys, made.id) == [data]
    rows = await store.rows("SELECT * FROM block_documents")
    assert "canary" not in repr(rows)
    assert "canary" not in repr(await store.rows("SELECT payload, extra FROM events"))
    assert await told(store) == ["type.created", "document.created", "document.opened"]


async def test_one_that_is_there_is_changed_only_if_so_asked(store):
    """It keeps its id; a mask keeps the secret, and one where none is set is refused."""
    await register(store)
    keys = ring()
    first = await save(store, keys, "warehouse", {"password": "one"})
    with pytest.raises(ConflictError, match="overwrite"):
        await save(store, keys, "warehouse", {"password": "two"})
    kept = await save(
        store, keys, "warehouse", {"user": "etl", "password": MASK}, at=4, overwrite=True
    )
    assert (kept.id, kept.created) == (first.id, first.created)
    assert await open_(store, keys, first.id) == [{"user": "etl", "password": "one"}]
    with pytest.raises(InvalidError, match=r"'headers.a' is masked, and none is set"):
        await save(store, keys, "warehouse", {"headers": {"a": MASK}}, overwrite=True)


async def test_a_credential_has_the_same_version_as_long_as_it_is_the_same(store):
    """In one block: in two, the same password has two versions."""
    await register(store)
    keys = ring()
    versions = []
    for password in ("one", "two", "one"):
        made = await save(store, keys, "a", {"password": password}, overwrite=True)
        versions.append(made.credential_version)
    other = await save(store, keys, "b", {"password": "one"})
    none = await save(store, keys, "c", {"user": "etl"})
    assert versions[0] == versions[2]
    assert len({*versions, other.credential_version}) == 3
    assert none.credential_version is None


async def test_nested_blocks_are_opened_with_the_one_around_them(store):
    """Each is told of; one that is nested cannot be deleted, nor hold what holds it."""
    await register(store)
    keys = ring()
    inner = await save(store, keys, "login", {"password": "canary"})
    outer = await save(store, keys, "warehouse", {"credentials": blocks.reference(inner.id)})
    assert [(use.field, use.name) for use in outer.uses] == [("credentials", "login")]
    assert await open_(store, keys, outer.id) == [
        {"credentials": blocks.reference(inner.id)},
        {"password": "canary"},
    ]
    assert (await told(store))[-2:] == ["document.opened"] * 2
    with pytest.raises(ConflictError, match="nested in database/warehouse"):
        await delete(store, inner.id)
    with pytest.raises(InvalidError, match="is nested in"):
        await save(
            store, keys, "login", {"credentials": blocks.reference(outer.id)}, overwrite=True
        )
    await delete(store, outer.id)
    await delete(store, inner.id)
    with pytest.raises(NotFoundError):
        await store.database.read(read.block_by_id, inner.id)


async def delete(store, id_) -> None:
    """Delete a block."""
    await store.database.write(referee.delete_block, store.dictionary, id_, ACTOR, Now(9, 9))


async def test_a_missing_key_is_named_with_the_fix(store):
    """Nothing is told of what was not opened; saved anew, the block opens again."""
    await register(store)
    lost, new = ring(), ring()
    made = await save(store, lost, "warehouse", {"password": "canary"})
    with pytest.raises(UnavailableError, match=f"key {lost.newest}, which is not in a test"):
        await open_(store, new, made.id)
    assert await told(store) == ["type.created", "document.created"]
    await save(store, new, "warehouse", {"password": "other"}, overwrite=True)
    assert await open_(store, new, made.id) == [{"password": "other"}]


async def test_pages_are_by_type_and_name_both_ways_and_filtered(store):
    """By type, and by a part of the name."""
    await register(store)
    await register(store, "secret", name="Secret")
    for name in ("b", "a-1", "c", "a_2"):
        await save(store, ring(), name, {"user": name})
    find = read.find_blocks
    first = await store.database.read(find, limit=2)
    second = await store.database.read(find, limit=2, cursor=first.next)
    names = [[one.name for one in page.items] for page in (first, second)]
    assert names == [["a-1", "a_2"], ["b", "c"]]
    assert second.next is None
    assert await store.database.read(find, limit=2, cursor=second.previous) == first
    assert (await store.database.read(find, types=("secret",))).items == ()
    assert [one.name for one in (await store.database.read(find, text="A")).items] == [
        "a-1",
        "a_2",
    ]
    types = await store.database.read(block_types.find_types, limit=1)
    assert [one.slug for one in types.items] == ["database"]
    more = await store.database.read(block_types.find_types, limit=1, cursor=types.next)
    assert [one.slug for one in more.items] == ["secret"]


# --- several servers -----------------------------------------------------------------------------


@pytest.fixture
def servers(store, database_url) -> Iterator[list[Any]]:
    """The store, and seven more servers on its database."""
    others = [type(store)(database_url) for _ in range(SERVERS - 1)]
    for other in others:
        other.database.start()
    yield [store, *others]
    for other in others:
        other.database.stop()


async def test_of_those_who_register_a_type_at_once_one_makes_it(servers):
    """All have the same then."""
    made = await asyncio.gather(*(register(server) for server in servers))
    assert len({one.id for one in made}) == 1
    assert await told(servers[0]) == ["type.created"]


async def test_of_those_who_save_one_at_once_one_does(servers):
    """The others are told that it is there; who may overwrite comes after."""
    await register(servers[0])
    keys = ring()
    outcomes = await asyncio.gather(
        *(save(server, keys, "a", {"password": "x" * 8}) for server in servers),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, ConflictError) for outcome in outcomes) == SERVERS - 1
    made = await asyncio.gather(
        *(
            save(server, keys, "a", {"password": f"secret-{place}"}, overwrite=True)
            for place, server in enumerate(servers)
        )
    )
    assert len({one.id for one in made}) == 1
    assert (await told(servers[0])).count("document.updated") == SERVERS


async def test_of_those_who_delete_one_at_once_one_does(servers):
    """It is told once."""
    await register(servers[0])
    made = await save(servers[0], ring(), "a", {"password": "canary"})
    outcomes = await asyncio.gather(
        *(delete(server, made.id) for server in servers), return_exceptions=True
    )
    assert sum(isinstance(outcome, NotFoundError) for outcome in outcomes) == SERVERS - 1
    assert (await told(servers[0])).count("document.deleted") == 1


async def test_those_who_rotate_at_once_encrypt_each_block_once(servers, monkeypatch):
    """In chunks, while others open blocks; afterwards the old key opens none."""
    monkeypatch.setattr(rotation, "CHUNK", 2)
    await register(servers[0])
    old = ring()
    ids = [
        (await save(servers[0], old, f"b{place}", {"password": f"canary-{place}"})).id
        for place in range(10)
    ]
    both = ring(Fernet.generate_key().decode(), *old.keys)

    async def rotate(server) -> int:
        count = 0
        while done := await server.database.write_patiently(rotation.reseal, both):
            count += done
        return count

    counts, *opened = await asyncio.gather(
        asyncio.gather(*(rotate(server) for server in servers)),
        *(open_(servers[place % SERVERS], both, id_) for place, id_ in enumerate(ids)),
    )
    assert sum(counts) == len(ids)
    assert opened == [[{"password": f"canary-{place}"}] for place in range(len(ids))]
    assert await servers[0].database.read(rotation.count_sealed, both.newest) == 0
    new = ring(both.keys[0])
    assert await open_(servers[0], new, ids[0]) == [{"password": "canary-0"}]
    with pytest.raises(UnavailableError):
        await open_(servers[0], old, ids[0])
    found = await servers[0].database.read(read.block_by_id, ids[0])
    assert structs.replace(found).credential_version is not None
