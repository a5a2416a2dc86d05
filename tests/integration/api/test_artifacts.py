"""The calls of artifacts: lists, versions of a key, bodies, and what goes with a deleted run."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import pytest

from peninsula.core import codec
from peninsula.core.artifacts import ArtifactKind
from peninsula.core.records import BlobRecord
from peninsula.core.runs import Birth, RunKind
from peninsula.core.states import StateType
from peninsula.server.storage.read import artifacts
from tests.support.make import START, Teller, artifact, change, state

pytestmark = pytest.mark.anyio

CHUNK = 300_000
BODY = codec.encode("x" * 700_000)


class Made:
    """Two flow runs, one with a task and a subflow with a task, and what they made."""

    def __init__(self) -> None:
        """Tell of it."""
        self.teller = Teller()
        self.nightly = self.run(flow="nightly")
        self.clean = self.run(self.nightly, self.nightly, task="clean")
        self.sub = self.run(self.nightly, self.nightly, flow="sub")
        self.load = self.run(self.sub, self.nightly, task="load")
        self.hourly = self.run(flow="hourly")
        self.names = {
            self.make("a", self.nightly, self.nightly, key="quality"): "a",
            self.make("b", self.clean, self.nightly, kind=ArtifactKind.TABLE): "b",
            self.make("c", self.load, self.nightly, key="load"): "c",
            self.make("d", self.hourly, self.hourly, key="quality"): "d",
            self.make("e", None, None): "e",
        }

    def run(self, parent=None, root=None, **born):
        """A run that completed."""
        run = uuid4()
        kind = RunKind.TASK_RUN if "task" in born else RunKind.FLOW_RUN
        birth = Birth(name="r", parent=parent, root=root, **born)
        for told in (change(StateType.RUNNING, born=birth), change(StateType.COMPLETED)):
            self.teller.tell(state(run, kind, told), run, root or run)
        return run

    def make(self, body, run, root, **parts):
        """An artifact, a minute after the one before."""
        made = uuid4()
        at = START + timedelta(minutes=len(self.teller.records))
        self.teller.tell(artifact(made, body, occurred=at, **parts), run, root)
        return str(made)

    def large(self, run, root, body: bytes = BODY):
        """An artifact whose body is in blobs."""
        made, name = uuid4(), sha256(body).hexdigest()
        for offset in range(0, len(body), CHUNK):
            chunk = body[offset : offset + CHUNK]
            self.teller._add(
                BlobRecord(
                    number=1, stamp=1, sha256=name, size=len(body), offset=offset, data=chunk
                )
            )
        told = artifact(made, codec.decode(str, body), sha256=name)
        self.teller.tell(told, run, root)
        return str(made)


@pytest.fixture
async def made(world):
    """The runs, and what they made, taken in."""
    made = Made()
    await world.take(made.teller.batch())
    return made


async def listed(world, made, **asked) -> str:
    """The artifacts of a list, by their bodies."""
    page = await world.get("artifacts", **asked)
    names = [made.names[one["id"]] for one in page["items"]]
    assert names == [one["body"] for one in page["items"]]
    return "".join(names)


async def test_artifacts_are_listed_the_newest_first_by_what_is_asked_for(world, made):
    """By key, kind, run, flow, and of each key the newest."""
    assert await listed(world, made) == "edcba"
    assert await listed(world, made, key="quality") == "da"
    assert await listed(world, made, key=["quality", "load"]) == "dca"
    assert await listed(world, made, kind="table") == "b"
    assert await listed(world, made, latest=True) == "edcb"
    assert await listed(world, made, latest=True, key="quality") == "d"
    assert await listed(world, made, run=made.nightly) == "cba"
    assert await listed(world, made, run=made.sub) == "c"
    assert await listed(world, made, run=made.clean) == "b"
    assert await listed(world, made, run=uuid4()) == ""
    assert await listed(world, made, flow="nightly") == "cba"
    assert await listed(world, made, flow="sub") == "c"
    assert await listed(world, made, flow=["hourly", "sub"], kind="markdown") == "dc"


@pytest.mark.parametrize("asked", [{}, {"latest": True}, {"kind": ["markdown", "table"]}])
async def test_pages_can_be_turned_both_ways(world, made, asked):
    """Without and with what is checked row by row."""
    whole = (await world.get("artifacts", **asked))["items"]
    first = await world.get("artifacts", limit=2, **asked)
    second = await world.get("artifacts", limit=2, cursor=first["next"], **asked)
    assert first["items"] + second["items"] == whole[:4]
    again = await world.get("artifacts", limit=2, cursor=second["previous"], **asked)
    assert again["items"] == first["items"]


async def test_a_search_stops_at_its_bound_and_goes_on(world, made, monkeypatch):
    """The page says that it is partial."""
    monkeypatch.setattr(artifacts, "SCAN", 2)
    page = await world.get("artifacts", kind="table")
    assert (page["items"], page["partial"]) == ([], True)
    page = await world.get("artifacts", kind="table", cursor=page["next"])
    assert [one["body"] for one in page["items"]] == ["b"]


async def test_a_large_body_is_read_by_itself(world, made):
    """It is put together from its chunks, and is null elsewhere."""
    large = made.large(made.hourly, made.hourly)
    await world.take(made.teller.batch())
    one = await world.get(f"artifacts/{large}")
    assert (one["body"], one["size"], one["run"]) == (None, len(BODY), str(made.hourly))
    answer = await world.http.get(f"/api/artifacts/{large}/body")
    assert answer.content == BODY
    small = next(iter(made.names))
    assert await world.get(f"artifacts/{small}/body") == made.names[small]


async def test_a_body_of_which_a_part_is_missing_is_not_found(world, made):
    """Or that is not what its name says; the message says what may have happened."""
    large = made.large(made.hourly, made.hourly)
    kept = [r for r in made.teller.records if getattr(r, "offset", 0) != CHUNK]
    made.teller.records, at = [], len(made.teller.records)
    for record in kept:
        made.teller._add(record)
    assert len(made.teller.records) == at - 1
    made.teller.process = Teller().process
    await world.take(made.teller.batch())
    answer = await world.http.get(f"/api/artifacts/{large}/body")
    assert answer.status_code == 404
    assert "not whole" in answer.json()["message"]


async def test_an_artifact_that_is_not_there_is_not_found(world):
    """The message names it; what is no id is refused."""
    for tail in ("", "/body"):
        id_ = uuid4()
        answer = await world.http.get(f"/api/artifacts/{id_}{tail}")
        assert answer.status_code == 404
        assert str(id_) in answer.json()["message"]
        assert (await world.http.get(f"/api/artifacts/quality{tail}")).status_code == 422


async def test_what_a_deleted_run_made_goes_with_it(world, made):
    """Bodies too, but for those that others made as well."""
    shared = codec.encode("shared" * 10_000)
    for run, root in ((made.clean, made.nightly), (made.hourly, made.hourly)):
        made.large(run, root, shared)
    made.large(made.clean, made.nightly)
    await world.take(made.teller.batch())
    assert (await world.http.delete(f"/api/flow-runs/{made.nightly}")).status_code == 204
    assert len((await world.get("artifacts"))["items"]) == 3
    kept = await world.rows("SELECT DISTINCT sha256 FROM blobs")
    assert kept == [(sha256(shared).hexdigest(),)]
    assert await world.rows("SELECT count(*) FROM baseline_artifacts") == [(0,)]
