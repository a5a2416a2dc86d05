"""The calls of blocks."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from cryptography.fernet import Fernet

from peninsula.core.resources import own
from peninsula.core.runs import Birth, RunKind
from peninsula.core.states import StateType
from tests.support.make import Teller, change, event, state

pytestmark = pytest.mark.anyio

RUN = "0192f3c4-7a1b-7c3d-9e8f-0123456789ab"
FIELDS: dict[str, Any] = {
    "properties": {"user": {}, "password": {}, "until": {}},
    "required": ["user"],
    "secret_fields": ["password"],
    "expires_field": "until",
}
DATA = {"user": "etl", "password": "canary-91", "until": "2030-01-31T00:00:00Z"}


async def register(http: httpx.AsyncClient, slug: str = "login", **more: Any) -> httpx.Response:
    """The answer to a request to register a type."""
    body = {"slug": slug, "name": "Login", "fields": FIELDS, **more}
    return await http.post("/api/block-types", json=body)


async def save(http: httpx.AsyncClient, name: str = "etl", **more: Any) -> httpx.Response:
    """The answer to a request to save a block."""
    return await http.post(
        "/api/blocks", json={"type": "login", "name": name, "data": DATA, **more}
    )


async def open_(http: httpx.AsyncClient, id_: str, **body: Any) -> httpx.Response:
    """The answer to a request to open a block."""
    return await http.post(f"/api/blocks/{id_}/open", json=body)


async def test_a_block_is_saved_read_listed_opened_and_deleted(world):
    """Only what opens it has the secret, and nobody keeps that answer."""
    made = await register(world.http, description="A way in.", capabilities=["login"])
    assert made.status_code == 201
    assert made.json()["schema"]["fields"] == FIELDS
    assert await world.get("block-types/login") == made.json()
    saved = await save(world.http)
    assert saved.status_code == 201
    block = saved.json()
    assert block["data"] == DATA | {"password": "********"}
    assert (block["secrets"], block["expires"]) == (["password"], "2030-01-31T00:00:00Z")
    for path in (f"blocks/{block['id']}", "block-types/login/blocks/etl"):
        assert await world.get(path) == block
    assert (await world.get("blocks", type="login"))["items"] == [block]
    opened = await open_(world.http, block["id"], run=RUN)
    assert opened.headers["cache-control"] == "no-store"
    (found,) = opened.json()["blocks"]
    assert found["data"] == DATA
    assert found["credential_version"] == block["credential_version"] is not None
    assert (await world.http.delete(f"/api/blocks/{block['id']}")).status_code == 204
    assert (await open_(world.http, block["id"])).status_code == 404
    assert "blocks" in (await world.get("meta"))["capabilities"]


async def test_what_the_schema_does_not_tell_of_is_secret_where_it_is_said_to_be(world):
    """A mask leaves it as it is, for whoever does not know that it is one."""
    await register(world.http)
    data = DATA | {"user": {"a.b": ["etl", "canary-92"]}}
    block = (await save(world.http, data=data, secrets=[["user", "a.b", 1]])).json()
    assert block["data"]["user"] == {"a.b": ["etl", "********"]}
    assert block["secrets"] == ["user.a.b.1", "password"]
    again = await save(world.http, data=block["data"], overwrite=True)
    assert again.json()["data"] == block["data"]
    (found,) = (await open_(world.http, block["id"])).json()["blocks"]
    assert found["data"] == data


async def test_the_password_of_an_address_is_encrypted_and_kept_when_the_rest_changes(world, home):
    """The address is shown without it; with another one its version changes."""
    await register(world.http)
    data = DATA | {"user": "postgresql://etl:canary-92@db/orders?sslpassword=canary-93"}
    shown = "postgresql://etl:********@db/orders?sslpassword=********"
    block = (await save(world.http, data=data)).json()
    assert (block["data"]["user"], block["secrets"]) == (shown, ["user", "password"])
    moved = block["data"] | {"user": shown.replace("db", "db2")}
    again = (await save(world.http, data=moved, overwrite=True)).json()
    assert again["credential_version"] == block["credential_version"]
    (found,) = (await open_(world.http, block["id"])).json()["blocks"]
    assert found["data"] == data | {"user": data["user"].replace("db", "db2")}
    other = moved | {"user": "postgresql://etl:canary-94@db2/orders?sslpassword=********"}
    last = (await save(world.http, data=other, overwrite=True)).json()
    assert last["credential_version"] != block["credential_version"]
    (found,) = (await open_(world.http, block["id"])).json()["blocks"]
    assert found["data"]["user"].endswith("etl:canary-94@db2/orders?sslpassword=canary-93")
    for file in home.glob("peninsula.db*"):
        assert b"canary-9" not in file.read_bytes()


OF_ADDRESSES: dict[str, Any] = {
    "properties": {"user": {}, "password": {}, "login": {}, "many": {}},
    "secret_fields": ["password", "login.secret", "many.*.password"],
    "password_fields": {"user": "password", "login.url": "secret", "many.*.url": "password"},
}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"user": "x://etl:canary-2@db", "password": None}, "canary-2"),
        ({"user": "x://etl:canary%2F2@db"}, "canary/2"),
        ({"user": "x://etl:canary-2@db", "password": "********"}, "canary-2"),
        ({"user": "x://etl:canary-2@db", "password": "canary-3"}, "canary-3"),
        ({"user": "x://etl:********@db", "password": "canary-3"}, "canary-3"),
        ({"user": "x://etl@db", "password": "********"}, "canary-1"),
    ],
)
async def test_the_password_of_an_address_becomes_that_of_its_field(world, given, kept):
    """One that is typed into the field goes before it, a mask or nothing there does not."""
    await register(world.http, fields=OF_ADDRESSES)
    block = (await save(world.http, data={"user": "x://db", "password": "canary-1"})).json()
    changed = (await save(world.http, data=given, overwrite=True)).json()
    assert changed["data"] == {"user": "x://etl@db", "password": "********"}
    (found,) = (await open_(world.http, block["id"])).json()["blocks"]
    assert found["data"] == {"user": "x://etl@db", "password": kept}


async def test_a_field_that_passwords_of_addresses_become_is_secret(world):
    """Though the schema does not list it as such, and whoever filled it in."""
    fields = {
        "properties": {"url": {}, "login": {}, "many": {}},
        "password_fields": {"url": "login", "many.*.url": "key_of"},
    }
    await register(world.http, fields=fields)
    nested = {"url": "x://etl:canary@db"}
    block = (await save(world.http, data=nested | {"many": [nested, {"key_of": "canary"}]})).json()
    assert "canary" not in str(block)
    assert sorted(block["secrets"]) == ["login", "many.0.key_of", "many.1.key_of"]
    (found,) = (await open_(world.http, block["id"])).json()["blocks"]
    assert found["data"]["login"] == "canary"


async def test_passwords_of_addresses_become_those_of_their_fields_in_what_is_nested(world):
    """What refers to another block is left as it is."""
    await register(world.http, fields=OF_ADDRESSES)
    address = {"url": "x://etl:canary@db"}
    data = {"login": address, "many": [{"password": None, **address}, {"url": "x://db"}]}
    block = (await save(world.http, data=data)).json()
    apart = {"url": "x://etl@db"}
    assert block["data"] == {
        "login": apart | {"secret": "********"},
        "many": [apart | {"password": "********"}, {"url": "x://db"}],
    }
    refers = {"login": {"$ref": {"block_document_id": block["id"]}}}
    assert (await save(world.http, name="other", data=refers)).json()["data"] == refers


async def test_an_address_that_may_keep_a_part_of_its_password_is_named_by_its_place(world):
    """A form shows it there; no part of it is repeated."""
    await register(world.http, fields=OF_ADDRESSES)
    answer = await save(world.http, data={"many": [{}, {"url": "x://etl:canary/1@canary-2@db"}]})
    assert (answer.status_code, answer.json()["details"]["field"]) == (422, "many.1.url")
    assert "canary" not in answer.text


async def test_that_a_block_was_opened_is_an_event_of_the_block_and_the_run(world):
    """Without what it holds."""
    await register(world.http)
    block = (await save(world.http)).json()
    await open_(world.http, block["id"], run=RUN)
    events = await world.get("events", name="peninsula.block-document.*")
    assert [event["event"].rpartition(".")[2] for event in events["items"]] == ["opened", "created"]
    opened = events["items"][0]
    assert opened["resource"]["id"] == f"peninsula.block-document.{block['id']}"
    roles = {related["role"]: related["id"] for related in opened["related"]}
    assert roles == {"actor": "peninsula.owner.home", "run": f"peninsula.flow-run.{RUN}"}
    assert "canary" not in str(events)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"data": {"password": "x"}}, "needs the field 'user'"),
        ({"data": DATA | {"usr": 1}}, "no field 'usr'. Its fields: password, until, user"),
        ({"data": DATA | {"until": "soon"}}, "'until' is no moment"),
        ({"data": DATA | {"password": "********"}}, "'password' is masked, and none is set"),
        ({"data": DATA | {"user": "mysql://a:********@db"}}, "'user' is masked, and none is set"),
        ({"secrets": [["user", "name"]]}, "nothing at 'user.name'"),
        ({"secrets": [[]]}, "secrets"),
        ({"name": "No Name"}, "no name of a block"),
        ({"data": DATA | {"user": {"$ref": {"block_document_id": RUN}}}}, "which is not there"),
    ],
)
async def test_what_is_no_such_block_is_refused(world, change, reason):
    """The error names the field and the fix, and nothing is stored."""
    await register(world.http)
    answer = await save(world.http, **change)
    assert answer.status_code == 422
    assert reason in answer.json()["message"]
    assert await world.rows("SELECT count(*) FROM block_documents") == [(0,)]


@pytest.mark.parametrize(
    "fields",
    [
        {"properties": []},
        {"required": "user"},
        {"secret_fields": [1]},
        {"expires_field": None},
        {"password_fields": ["url"]},
        {"password_fields": {"url": "login.password"}},
    ],
)
async def test_what_is_no_schema_is_refused(world, fields):
    """The error names what of it is wrong."""
    answer = await register(world.http, fields=fields)
    assert answer.status_code == 422
    assert f"'{next(iter(fields))}'" in answer.json()["message"]


async def test_a_type_that_is_not_there_is_an_error_with_the_fix(world):
    """And so is a schema that it never had."""
    answer = await save(world.http)
    assert (answer.status_code, "block register" in answer.text) == (404, True)
    await register(world.http)
    assert (await save(world.http, schema="sha256:0")).status_code == 404


# --- the door ------------------------------------------------------------------------------------


async def test_a_block_is_opened_by_scope_work_and_by_no_browser(open_world):
    """The key of one run may, and the event names that run."""
    world = await open_world(trusted=False)
    token = world.services.config.home.token.read_text().strip()
    owner = world.remote(Authorization=f"Bearer {token}")
    await register(owner)
    block = (await save(owner)).json()["id"]

    async def client(*scopes: str, **more: Any) -> httpx.AsyncClient:
        made = await owner.post("/api/keys", json={"name": "k", "scopes": scopes, **more})
        return world.remote(Authorization=f"Bearer {made.json()['secret']}")

    assert (await open_(await client("read", "emit"), block)).status_code == 403
    assert (await open_(await client("work"), block)).status_code == 200
    own = await client("work", run=RUN)
    assert (await open_(own, block)).status_code == 200
    events = (await owner.get("/api/events?name=peninsula.block-document.opened")).json()
    assert f"peninsula.flow-run.{RUN}" in str(events["items"][0]["related"])
    session = await owner.post("/api/session", json={"key": token})
    browser = world.remote(**{"X-CSRF-Token": session.json()["csrf"]})
    browser.cookies = session.cookies
    answer = await open_(browser, block)
    assert (answer.status_code, "never shown in a page" in answer.text) == (403, True)


@pytest.mark.parametrize(
    ("url", "client", "headers", "status"),
    [
        ("http://127.0.0.1:4747", "127.0.0.1", {}, 200),
        ("http://127.0.0.1:4747", "::ffff:127.0.0.1", {}, 200),
        ("http://127.0.0.1:4747", "10.1.2.3", {}, 403),
        ("http://127.0.0.1:4747", "10.1.2.3", {"X-Forwarded-Proto": "https"}, 403),
        ("https://127.0.0.1:4747", "10.1.2.3", {}, 200),
        ("http://127.0.0.1:4747", "127.0.0.1", {"X-Forwarded-Proto": "https"}, 200),
        ("http://127.0.0.1:4747", "127.0.0.1", {"X-Forwarded-Proto": "http"}, 403),
    ],
)
async def test_secrets_go_over_loopback_or_tls_only(world, url, client, headers, status):
    """A proxy on this machine says by what its caller came."""
    await register(world.http)
    block = (await save(world.http)).json()["id"]
    transport = httpx.ASGITransport(world.app, raise_app_exceptions=False, client=(client, 1))
    async with httpx.AsyncClient(transport=transport, base_url=url, headers=headers) as http:
        answer = await open_(http, block)
    assert answer.status_code == status
    assert ("canary" in answer.text) == (status == 200)


# --- keys ----------------------------------------------------------------------------------------


async def test_the_key_is_made_with_the_first_secret_beside_the_home(world, home: Path):
    """Nobody else may read it, and a block without a secret needs none."""
    await register(world.http)
    await save(world.http, "open", data={"user": "etl"})
    file = home.with_name(f"{home.name}.key")
    assert not file.exists()
    await save(world.http)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_a_rotation_makes_a_key_and_encrypts_all_by_it(world, home: Path):
    """The old ones stay behind it, for older backups; it is told once."""
    await register(world.http)
    ids = [(await save(world.http, f"b{number}")).json()["id"] for number in range(3)]
    answer = await world.http.post("/api/admin/rotate-key")
    assert answer.json()["blocks"] == 3
    file = home.with_name(f"{home.name}.key")
    new, _old = file.read_text().split()
    file.write_text(new)
    for id_ in ids:
        assert (await open_(world.http, id_)).json()["blocks"][0]["data"] == DATA
    events = await world.get("events", name="peninsula.encryption-key.rotated")
    assert [event["payload"] for event in events["items"]] == [{"blocks": 3}]


async def test_those_who_save_the_first_secrets_at_once_make_one_key(world, home: Path):
    """So each of their blocks is opened afterwards."""
    await register(world.http)
    saved = await asyncio.gather(*(save(world.http, f"b{number}") for number in range(12)))
    assert len(home.with_name(f"{home.name}.key").read_text().split()) == 1
    for each in saved:
        assert (await open_(world.http, each.json()["id"])).json()["blocks"][0]["data"] == DATA


async def test_those_who_rotate_at_once_lose_no_key(world):
    """Each rotation is done, blocks are opened meanwhile, and all of them afterwards."""
    await register(world.http)
    ids = [(await save(world.http, f"b{number}")).json()["id"] for number in range(12)]
    rotated, *opened = await asyncio.gather(
        asyncio.gather(*(world.http.post("/api/admin/rotate-key") for _ in range(4))),
        *(open_(world.http, id_) for id_ in ids * 3),
    )
    opened += [await open_(world.http, id_) for id_ in ids]
    assert [answer.text for answer in (*rotated, *opened) if answer.status_code != 200] == []


async def test_a_rotation_names_a_block_that_no_key_opens_and_encrypts_the_others(
    world, home: Path
):
    """The error says what to do for that one."""
    await register(world.http)
    await save(world.http, "lost")
    file = home.with_name(f"{home.name}.key")
    file.write_text(Fernet.generate_key().decode())
    kept = (await save(world.http, "kept")).json()["id"]
    before = file.read_text()
    file.write_text(f"{Fernet.generate_key().decode()}\n{before}")
    answer = await world.http.post("/api/admin/rotate-key")
    assert answer.status_code == 503
    assert "login/lost" in answer.json()["message"]
    file.write_text(file.read_text().split()[0])
    assert (await open_(world.http, kept)).json()["blocks"][0]["data"] == DATA


async def test_a_rotation_without_a_secret_makes_one_key(world, home: Path):
    """And an interrupted one is finished by the next, by the same key."""
    assert (await world.http.post("/api/admin/rotate-key")).json()["blocks"] == 0
    file = home.with_name(f"{home.name}.key")
    old = file.read_text()
    await register(world.http)
    await save(world.http)
    file.write_text(f"{Fernet.generate_key().decode()}\n{old}")
    kept = file.read_text()
    assert (await world.http.post("/api/admin/rotate-key")).json()["blocks"] == 1
    assert file.read_text() == kept


async def test_a_rotation_encrypts_what_an_older_version_kept_in_clear(world, home: Path):
    """By what the type says now, or the name of a text; it says of how many blocks that was."""
    fields = {"properties": {"user": {}, "password": {}, "options": {}}}
    await register(world.http, fields=fields | {"secret_fields": ["password"]})
    data = {"user": "etl", "password": "canary-1", "options": {"pin": "canary-2", "auth": "x"}}
    id_ = (await save(world.http, data=data)).json()["id"]
    await save(world.http, "other", data={"user": "etl", "password": "canary-3"})
    assert (await world.get(f"blocks/{id_}"))["data"]["options"]["pin"] == "canary-2"
    more = ["password", "options.pin"]
    await register(world.http, fields=fields | {"secret_fields": more})
    before = (await world.get(f"blocks/{id_}"))["credential_version"]
    done = (await world.http.post("/api/admin/rotate-key")).json()
    assert (done["blocks"], done["exposed"]) == (2, 1)
    after = await world.get(f"blocks/{id_}")
    assert after["data"]["options"] == {"pin": "********", "auth": "x"}
    assert (sorted(after["secrets"]), after["credential_version"] != before) == (sorted(more), True)
    assert (await open_(world.http, id_)).json()["blocks"][0]["data"] == data
    assert (await world.http.post("/api/admin/rotate-key")).json()["exposed"] == 0


async def test_a_text_that_is_secret_by_its_name_is_encrypted_whatever_the_schema_says(world):
    """As the class itself would have it, in an object that the schema leaves open."""
    await register(world.http, fields={"properties": {"options": {}}})
    data = {"options": {"headers": [{"X-Api-Key": "canary-1"}], "tokens": 5, "user": "etl"}}
    block = (await save(world.http, data=data)).json()
    assert block["data"]["options"]["headers"] == [{"X-Api-Key": "********"}]
    assert block["data"]["options"]["tokens"] == 5
    assert (await open_(world.http, block["id"])).json()["blocks"][0]["data"] == data


async def test_keys_that_are_set_are_rotated_once_a_newer_one_is_set(open_world, home: Path):
    """Without a newer one the rotation says what to do."""
    world = await open_world(encryption_key=Fernet.generate_key().decode())
    await register(world.http)
    await save(world.http)
    answer = await world.http.post("/api/admin/rotate-key")
    assert answer.status_code == 409
    assert "PENINSULA_ENCRYPTION_KEYS" in answer.json()["message"]
    assert not home.with_name(f"{home.name}.key").exists()


async def test_a_lost_file_is_never_replaced_in_silence(world, home: Path):
    """Neither by opening nor by saving another secret; the error says what to do."""
    await register(world.http)
    block = (await save(world.http)).json()["id"]
    file = home.with_name(f"{home.name}.key")
    file.unlink()
    for answer in (await open_(world.http, block), await save(world.http, "other")):
        assert answer.status_code == 503
        assert str(file) in answer.json()["message"]
        assert "PENINSULA_ENCRYPTION_KEY" in answer.json()["message"]
    assert not file.exists()


async def test_a_key_that_is_none_is_refused_with_the_command_that_makes_one(open_world):
    """It is not repeated."""
    world = await open_world(encryption_key="hunter2")
    await register(world.http)
    answer = await save(world.http)
    assert answer.status_code == 422
    assert "openssl rand -base64 32" in answer.text
    assert "hunter2" not in answer.text


async def test_a_block_says_in_which_it_is_nested_and_what_runs_did_with_it(world):
    """Nested blocks name each other; the activity counts flow runs, and says where calls went."""
    await register(world.http)
    inner = (await save(world.http)).json()
    fields = {"properties": {"login": {}, "user": {}}}
    await register(world.http, "store", fields=fields)
    data = {"login": {"$ref": {"block_document_id": inner["id"]}}}
    outer = (await save(world.http, "outer", type="store", data=data)).json()
    (use,) = (await world.get(f"blocks/{inner['id']}"))["used_by"]
    assert use == {"field": "login", "block": outer["id"], "type": "store", "name": "outer"}
    related = [(own("block-document", each["id"]), "uses") for each in (outer, inner)]
    teller = Teller()
    for type_, part in ((StateType.FAILED, "failed"), (StateType.COMPLETED, "completed")):
        run = uuid4()
        born = change(StateType.RUNNING, born=Birth(name="nightly-1", flow="nightly"))
        call = event(f"peninsula.call.store.read.{part}", "s3://lake/a", related=related)
        end = state(run, RunKind.FLOW_RUN, change(type_))
        for told in (state(run, RunKind.FLOW_RUN, born), call, end):
            teller.tell(told, run, run)
    await world.take(teller.batch())
    for block in (inner, outer):
        (found,) = await world.get("block-activity", id=block["id"])
        assert (found["system"], found["completed"], found["failed"]) == ("s3://lake", 1, 1)
    (unknown,) = await world.get("block-activity", id=RUN)
    assert (unknown["system"], unknown["last"], unknown["completed"]) == (None, None, 0)
