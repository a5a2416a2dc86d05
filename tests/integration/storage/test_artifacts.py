"""Artifacts as their events tell of them, in any order."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from uuid import uuid4

import pytest
from msgspec import Raw, structs

from peninsula.core.artifacts import CREATED, ArtifactKind
from peninsula.core.events import Resource
from peninsula.core.records import EventRecord
from peninsula.server.storage.prune import Policy, prune
from peninsula.server.storage.read import artifacts
from peninsula.server.storage.rebuild import rebuild
from tests.support.make import START, artifact, batch, event, micros, process

pytestmark = pytest.mark.anyio

PROGRESS = ArtifactKind.PROGRESS


def told_of(id_, run):
    """An artifact that is made and changed twice, the description once: records with stamps."""
    hour = timedelta(hours=1)
    events = (
        artifact(id_, 0, kind=PROGRESS, key="load", description="begun"),
        artifact(id_, 50, kind=PROGRESS, updated=True, occurred=START + hour, description="half"),
        artifact(id_, 90, kind=PROGRESS, updated=True, occurred=START + 2 * hour),
    )
    return [
        EventRecord(number=1, stamp=stamp, event=event, run=run, root=run)
        for stamp, event in enumerate(events, 1)
    ]


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_the_latest_of_each_part_counts_in_any_order(store, order):
    """By stamp, whoever comes first; and a rebuild gives the same."""
    id_, run = uuid4(), uuid4()
    records = told_of(id_, run)
    for place in order:
        await store.take(batch([records[place]], process()))
    found = await store.database.read(artifacts.artifact_by_id, id_)
    assert (found.key, found.description, bytes(found.body)) == ("load", "half", b"90")
    assert (found.run, found.created) == (run, START)
    assert found.updated == START + timedelta(hours=2)
    before = await store.projections()
    await rebuild(store.database, store.dictionary)
    assert await store.projections() == before


async def test_an_artifact_outlives_its_events(store):
    """Whichever of them retention has removed."""
    id_, run = uuid4(), uuid4()
    await store.take(batch([told_of(id_, run)[0]], process()))
    for record in told_of(id_, run)[1:]:
        await store.take(batch([record], process()))
    there = await store.database.read(artifacts.artifact_by_id, id_)
    for hours in (1, 2, 3):
        before = micros(START + timedelta(hours=hours))
        await prune(store.database, store.dictionary, Policy(events_before=before))
        assert await store.rows("SELECT count(*) FROM events") == [(3 - hours,)]
        await rebuild(store.database, store.dictionary)
        assert await store.database.read(artifacts.artifact_by_id, id_) == there


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"payload": Raw(b"{}")}, "kind"),
        ({"payload": Raw(b'{"kind":"spell","size":1,"body":1}')}, "spell"),
        ({"payload": Raw(b'{"kind":"markdown","size":1}')}, "neither"),
        ({"payload": Raw(b'{"kind":"markdown","size":1,"body":1,"key":"A b"}')}, "no key"),
        ({"payload": Raw(b'{"kind":"markdown","size":1,"sha256":"x"}')}, "sha256"),
        ({"resource": Resource(id="peninsula.artifact.1")}, "artifact id"),
        ({"resource": Resource(id="s3://lake")}, "artifact id"),
    ],
)
async def test_an_event_that_says_no_artifact_is_refused_by_itself(store, change, reason):
    """The others of its batch are taken."""
    wrong = structs.replace(event(CREATED, f"peninsula.artifact.{uuid4()}"), **change)
    records = [
        EventRecord(number=number, stamp=1, event=told)
        for number, told in enumerate((wrong, event(), artifact(uuid4(), "x")), 1)
    ]
    taken = await store.take(batch(records))
    assert [refusal.number for refusal in taken.refused] == [1]
    assert reason in taken.refused[0].message
    assert taken.appended == 2


async def test_a_text_that_postgresql_cannot_hold_is_kept_all_the_same(store):
    """NUL is escaped in the body, and shown as a sign in the description."""
    id_ = uuid4()
    told = artifact(id_, "a\x00b", description="a\x00b")
    await store.take(batch([EventRecord(number=1, stamp=1, event=told)]))
    found = await store.database.read(artifacts.artifact_by_id, id_)
    assert (bytes(found.body), found.description) == (b'"a\\u0000b"', "a␀b")
