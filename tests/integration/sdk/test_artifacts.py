"""Artifacts from flows to readers: with a server, without one, and after a kill."""

from __future__ import annotations

import asyncio
import json
from hashlib import sha256

import pytest

from peninsula import flow, task
from peninsula.artifacts import (
    Artifact,
    acreate_image_artifact,
    acreate_link_artifact,
    acreate_markdown_artifact,
    acreate_progress_artifact,
    acreate_table_artifact,
    aupdate_progress_artifact,
    create_image_artifact,
    create_link_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from peninsula.client.api import open_api
from peninsula.core import codec
from peninsula.core.artifacts import change_of, is_artifact_event
from peninsula.core.errors import InvalidError, TooLargeError
from peninsula.core.records import BlobRecord
from peninsula.journal import emitter
from peninsula.sdk.settings import settings
from peninsula.variables import Variable
from tests.support.told import records


def changes(told):
    """What was told of artifacts, with the records that told it."""
    return [
        (record, change_of(record.event))
        for record in told.events()
        if is_artifact_event(record.event.event)
    ]


def test_an_artifact_is_tied_to_the_run_it_is_made_in(told):
    """By its record; its event is about it, and has the key as name."""

    @task
    def check():
        return create_markdown_artifact("# Fine", key="quality", description="Of today")

    @flow
    def etl():
        return check()

    made = etl()
    ((record, change),) = changes(told)
    assert (record.run, record.root) == (told.one("check").id, told.one("etl").id)
    assert record.event.event == "peninsula.artifact.created"
    assert record.event.resource.id == f"peninsula.artifact.{made}"
    assert record.event.resource.name == "quality"
    assert (change.key, change.description) == ("quality", "Of today")
    assert json.loads(bytes(change.body)) == "# Fine"


def test_each_kind_has_its_body(told):
    """As JSON; a link's text may be missing."""
    create_table_artifact([{"a": 1}, {"a": None}])
    create_table_artifact({"a": [1, 2]})
    create_link_artifact("https://x.org/a", "A")
    create_link_artifact("https://x.org/a")
    create_image_artifact("https://x.org/a.png")
    made = create_progress_artifact(5, description="begun")
    assert update_progress_artifact(made, 99.5) == made
    bodies = [(change.kind.value, json.loads(bytes(change.body))) for _, change in changes(told)]
    assert bodies == [
        ("table", [{"a": 1}, {"a": None}]),
        ("table", {"a": [1, 2]}),
        ("link", {"link": "https://x.org/a", "link_text": "A"}),
        ("link", {"link": "https://x.org/a", "link_text": None}),
        ("image", "https://x.org/a.png"),
        ("progress", 5.0),
        ("progress", 99.5),
    ]
    *_, (record, change) = changes(told)
    assert record.event.event == "peninsula.artifact.updated"
    assert (record.run, change.key, change.description) == (None, None, None)


@pytest.mark.parametrize(
    "address", ["mailto:ada@x.org", "s3://lake/report.html", "/reports/1", "../1", "?page=2", "#a"]
)
def test_a_link_leads_to_whatever_is_an_address(told, address):
    """The pages follow those that a browser can follow safely."""
    create_link_artifact(address)
    ((_, change),) = changes(told)
    assert json.loads(bytes(change.body))["link"] == address


def test_an_image_may_stand_in_its_address(told):
    """A small one needs no server."""
    create_image_artifact("data:image/png;base64,AAAA")
    assert len(changes(told)) == 1


def test_the_id_of_progress_may_be_a_text(told):
    """As programs hand it on."""
    made = create_progress_artifact(5)
    assert update_progress_artifact(str(made), 6) == made


def test_coroutines_make_them_too(told):
    """By the same names with an `a` before them."""

    @flow
    async def etl():
        await acreate_markdown_artifact("m", "k")
        await acreate_table_artifact([], "k")
        await acreate_link_artifact("/l", "t", "k")
        await acreate_image_artifact("/i", "k")
        await aupdate_progress_artifact(await acreate_progress_artifact(0, "k"), 1)

    asyncio.run(etl())
    kinds = [change.kind.value for _, change in changes(told)]
    assert kinds == ["markdown", "table", "link", "image", "progress", "progress"]


def test_passwords_in_addresses_are_masked(told):
    """In texts, tables and descriptions."""
    address = "postgresql://etl:s3cret@db/orders"
    create_markdown_artifact(f"From {address}", description=f"of {address}")
    create_table_artifact([{address: address, "x": ["http://a:1", "b@c"]}])
    create_link_artifact(address, address)
    text = codec.encode([record.event for record, _ in changes(told)]).decode()
    assert "s3cret" not in text
    assert "http://a:1" in text


def test_a_large_body_is_told_in_blobs_before_the_event(told, home):
    """The event has its hash."""
    create_markdown_artifact("x" * 700_000, key="large")
    ((record, change),) = changes(told)
    chunks = [r for _, r in records(home) if isinstance(r, BlobRecord)]
    body = b"".join(chunk.data for chunk in chunks)
    assert json.loads(body) == "x" * 700_000
    assert (change.sha256, change.size) == (sha256(body).hexdigest(), len(body))
    assert bytes(change.body) == b""
    assert all(chunk.number < record.number for chunk in chunks)


@pytest.mark.parametrize(
    ("make", "error", "reason"),
    [
        (lambda: create_markdown_artifact("x", key="No Key"), InvalidError, "no key"),
        (lambda: create_markdown_artifact("x", key=""), InvalidError, "no key"),
        (lambda: create_markdown_artifact("x" * (16 << 20)), TooLargeError, "limit is 16777216"),
        (lambda: create_markdown_artifact("x", description="x" * 5000), TooLargeError, "4096"),
        (lambda: create_markdown_artifact("x", key=5), InvalidError, "5 is no key"),
        (lambda: create_markdown_artifact(None), InvalidError, "markdown=None. Give a text"),
        (lambda: create_markdown_artifact(3), InvalidError, "markdown=3. Give a text"),
        (lambda: create_image_artifact(image_url=b"x"), InvalidError, "Give a text"),
        (lambda: create_image_artifact("data:text/html,x"), InvalidError, "Give one like https"),
        (lambda: create_link_artifact("javascript:alert(1)"), InvalidError, "Give one like https"),
        (
            lambda: create_link_artifact("javascript://%0aalert(1)"),
            InvalidError,
            "The link has no address",
        ),
        (lambda: create_link_artifact("nolink"), InvalidError, "Give one like https"),
        (lambda: create_link_artifact("https://x.org", 5), InvalidError, "link_text=5"),
        (lambda: update_progress_artifact("nope", 50), InvalidError, "create_progress_artifact"),
        (lambda: update_progress_artifact(None, 50), InvalidError, "None is no id"),
        (lambda: create_table_artifact("x"), InvalidError, "list of rows"),
        (lambda: create_table_artifact(3), InvalidError, "list of rows"),
        (lambda: create_progress_artifact(101), InvalidError, "from 0 to 100"),
        (lambda: create_progress_artifact(float("nan")), InvalidError, "from 0 to 100"),
        (lambda: create_progress_artifact("half"), InvalidError, "from 0 to 100"),
    ],
)
def test_what_cannot_be_an_artifact_is_refused(told, make, error, reason):
    """The message says why, and nothing is told."""
    with pytest.raises(error, match=reason):
        make()
    assert changes(told) == []


def test_a_flow_reads_what_it_has_made_from_the_server(server):
    """The newest of a key, whatever its size; None where there is none."""

    @flow
    def etl():
        assert Artifact.get("report") is None
        create_markdown_artifact("first", key="report")
        made = create_markdown_artifact("x" * 100_000, key="report", description="why")
        return made, Artifact.get("report")

    made, found = etl()
    assert (found.id, found.type, found.description) == (made, "markdown", "why")
    assert found.data == "x" * 100_000


def test_progress_is_what_was_told_last(server):
    """With the description that was told last."""
    made = create_progress_artifact(0, key="load", description="begun")
    update_progress_artifact(made, 40)
    update_progress_artifact(made, 80, description="nearly")
    found = asyncio.run(Artifact.aget("load"))
    assert (found.id, found.data, found.description) == (made, 80.0, "nearly")


MAKING = """
from peninsula import flow
from peninsula.artifacts import create_markdown_artifact, create_table_artifact

@flow
def etl():
    create_table_artifact([{"rows": 3}], key="small")
    create_markdown_artifact("x" * 100_000, key="large")
    print("made", flush=True)
    if KILLED:
        import time
        time.sleep(600)

etl()
"""


@pytest.mark.parametrize("killed", [False, True])
def test_what_a_process_made_without_a_server_is_there_for_others(run_script, killed):
    """Also when it was killed right after: the journal has it."""
    script = run_script(f"KILLED = {killed}\n{MAKING}")
    script.wait_for_line("made")
    if killed:
        script.kill()
    script.wait()
    small, large = Artifact.get("small"), Artifact.get("large")
    assert (small.data, large.data) == ([{"rows": 3}], "x" * 100_000)


def test_a_process_finds_its_own_artifacts_without_a_server(home):
    """Each time the newest, as what was told so far is handed over before anyone is asked."""
    create_markdown_artifact("first", key="report")
    assert Artifact.get("report").data == "first"
    made = create_markdown_artifact("x" * 100_000, key="report")
    found = Artifact.get("report")
    assert (found.id, found.data) == (made, "x" * 100_000)


def test_an_artifact_is_made_where_its_key_has_none(home):
    """The second call returns what the first one made."""
    made, created = Artifact.get_or_create("quality", "Of today", "# Fine")
    assert (made.type, made.data, made.description, created) == (
        "markdown",
        "# Fine",
        "Of today",
        True,
    )
    assert Artifact.get_or_create("quality", data="# Other") == (made, False)
    link, _ = Artifact.get_or_create("source", data={"link": "https://x.org"}, type="link")
    assert link.data == {"link": "https://x.org", "link_text": None}
    with pytest.raises(InvalidError, match="There are markdown, table"):
        Artifact.get_or_create("other", type="video")


def test_what_a_living_process_handed_over_is_there_once(start_server):
    """A server that starts meanwhile takes the rest of the journal, and nothing twice."""
    Variable.set("asked", 1)

    @flow
    def etl():
        create_markdown_artifact("before", key="report")
        assert Artifact.get("report").data == "before"
        start_server()
        create_markdown_artifact("after", key="report")
        assert emitter.current().flush(30)

    etl()
    emitter.current().close()

    async def ask():
        async with open_api(settings()) as api:
            return await api.artifacts(keys=("report",)), await api.runs()

    found, runs = asyncio.run(ask())
    assert len(found.items) == 2
    assert [run.state.name for run in runs.items] == ["Completed"]
