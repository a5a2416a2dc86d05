"""Who gets in, and how far: a test for each sentence of the design's section on safety."""

from __future__ import annotations

import stat
from datetime import timedelta
from uuid import uuid4

import pytest
from msgspec import structs

from peninsula.core import codec
from peninsula.core.errors import InvalidError
from peninsula.core.keys import worker_key
from peninsula.core.runs import Birth, RunKind
from peninsula.core.settings import Settings
from peninsula.core.states import StateType
from peninsula.server.api.calls import CALL
from peninsula.server.app import ROUTES
from peninsula.server.config import configure
from peninsula.server.services import stream as streams
from peninsula.server.services.control import actor_of
from peninsula.server.services.keys import OWNER, WORKERS
from tests.support.make import Teller, change, event, state

pytestmark = pytest.mark.anyio

CALLS = [route.opt[CALL] for route in ROUTES]
OPEN = {"health", "ready", "log_in", "get_openapi"}


@pytest.fixture
def database_url(sqlite_url):
    """One engine is enough to show who gets in."""
    return sqlite_url


@pytest.fixture
async def guarded(open_world):
    """A server that asks who comes, even over loopback."""
    return await open_world(trusted=False, allowed_origins=("https://data.example.com",))


@pytest.fixture
def owner(guarded):
    """The owner of the home, over the network."""
    token = guarded.services.config.home.token.read_text().strip()
    return guarded.remote(Authorization=f"Bearer {token}")


async def key(owner, *scopes: str, **more) -> str:
    """The secret of a new key."""
    wanted = {"name": "-".join(scopes), "scopes": scopes, **more}
    answer = await owner.post("/api/keys", json=wanted)
    assert answer.status_code == 201, answer.text
    return answer.json()["secret"]


def path_of(one) -> str:
    """An address of a call, with some id in it."""
    return "/api" + one.path.replace("{id:str}", str(uuid4()))


def test_each_call_has_a_scope_or_a_reason_to_have_none():
    """A new call cannot be left open by mistake."""
    assert {one.name for one in CALLS if one.public} == OPEN
    assert {one.name for one in CALLS if one.scope is None} == OPEN | {
        "get_meta",
        "get_session",
        "log_out",
    }


async def test_loopback_is_not_a_boundary(guarded):
    """Without a key every call but the open ones is refused, also from this machine."""
    for one in CALLS:
        answer = await guarded.remote().request(one.method, path_of(one))
        if one.name in OPEN:
            assert answer.status_code != 401, one.name
        else:
            assert answer.status_code == 401, one.name
            assert answer.json()["code"] == "unauthenticated"
            assert "Authorization: Bearer" in answer.json()["message"]


async def test_a_key_does_what_its_scopes_say_and_no_more(guarded, owner):
    """A call is refused to a key with other scopes, whatever else is wrong with it."""
    scopes = ("emit", "read", "work", "admin")
    clients = {
        scope: guarded.remote(Authorization=f"Bearer {await key(owner, scope)}") for scope in scopes
    }
    for one in CALLS:
        if one.scope is None or one.media == "text/event-stream":
            continue
        for scope, client in clients.items():
            answer = await client.request(one.method, path_of(one))
            if scope in {one.scope.value, "admin"}:
                assert answer.status_code not in {401, 403}, (one.name, scope)
            else:
                assert answer.status_code == 403, (one.name, scope)
                assert answer.json()["details"]["scope"] == one.scope.value


async def test_the_home_holds_a_token_that_only_its_owner_can_read(guarded, owner):
    """It is made at the start, 0600, and opens everything."""
    token = guarded.services.config.home.token
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    assert len(token.read_text().strip()) >= 40
    assert (await owner.get("/api/keys")).status_code == 200
    assert (await guarded.remote(Authorization="Bearer x").get("/api/keys")).status_code == 401


async def test_the_key_of_workers_follows_from_the_homes_token_and_does_what_workers_do(
    guarded, owner
):
    """It opens neither what needs an admin nor a browser's session."""
    token = guarded.services.config.home.token.read_text().strip()
    secret = worker_key(token)
    assert token not in secret
    workers = guarded.remote(Authorization=f"Bearer {secret}")
    await owner.post("/api/work-pools", json={"name": "lake", "type": "process"})
    beat = {"emitter": str(uuid4()), "name": "one", "type": "process"}
    assert (await workers.post("/api/work-pools/lake/workers", json=beat)).status_code == 200
    assert (await workers.get("/api/events")).status_code == 200
    assert (await workers.get("/api/keys")).status_code == 403
    refused = await workers.post("/api/session", json={"key": secret})
    assert (refused.status_code, "for workers" in refused.text) == (401, True)


def test_what_workers_ask_is_told_in_their_name():
    """And not in the owner's."""
    assert actor_of(WORKERS).id == "peninsula.workers.home"
    assert actor_of(OWNER).id == "peninsula.owner.home"


async def test_keys_are_stored_as_hashes_and_said_once(guarded, owner):
    """Neither the database nor the list of keys has the secret."""
    secret = await key(owner, "read")
    stored = await guarded.rows("SELECT hash, name, scopes FROM api_keys")
    assert secret.encode() not in b"".join(str(row).encode() for row in stored)
    assert len(stored[0][0]) == 32
    assert secret not in (await owner.get("/api/keys")).text


async def test_a_removed_or_expired_key_is_refused(guarded, owner, monkeypatch):
    """At once where it was removed; when its time is over, everywhere."""
    made = (await owner.post("/api/keys", json={"name": "a", "scopes": ["read"]})).json()
    client = guarded.remote(Authorization=f"Bearer {made['secret']}")
    assert (await client.get("/api/flows")).status_code == 200
    assert (await owner.delete(f"/api/keys/{made['key']['id']}")).status_code == 204
    assert (await client.get("/api/flows")).status_code == 401
    assert (await owner.delete(f"/api/keys/{made['key']['id']}")).status_code == 404
    short = guarded.remote(Authorization=f"Bearer {await key(owner, 'read', expires_in=60)}")
    assert (await short.get("/api/flows")).status_code == 200
    clock = guarded.services.keys._clock
    monkeypatch.setattr(guarded.services.keys, "_clock", lambda: clock() + timedelta(seconds=61))
    assert (await short.get("/api/flows")).status_code == 401


async def test_the_last_use_of_a_key_is_noted(guarded, owner):
    """Not at each call, but when the duty ticks."""
    client = guarded.remote(Authorization=f"Bearer {await key(owner, 'read')}")
    await client.get("/api/flows")
    await guarded.services.keys.tick(guarded.services.keys._clock())
    assert (await owner.get("/api/keys")).json()["items"][0]["last_used"] is not None


# --- browsers ------------------------------------------------------------------------------------


async def test_a_browser_logs_in_and_gets_a_cookie_that_scripts_cannot_read(guarded, owner):
    """HttpOnly, SameSite=Strict, for the whole site; the session then stands for the key."""
    browser = guarded.remote()
    answer = await browser.post("/api/session", json={"key": await key(owner, "read")})
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert "Path=/" in cookie
    assert answer.json()["scopes"] == ["read"]
    assert (await browser.get("/api/flows")).status_code == 200
    assert (await browser.get("/api/keys")).status_code == 403
    assert (await browser.post("/api/session", json={"key": "wrong"})).status_code == 401


async def test_a_key_that_may_not_read_begins_no_session(guarded, owner):
    """No page would show it anything."""
    browser = guarded.remote()
    refused = await browser.post("/api/session", json={"key": await key(owner, "work")})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert "the scope 'read'" in refused.json()["message"]
    assert not browser.cookies


@pytest.mark.parametrize("tls", [False, True])
async def test_a_cookie_stays_on_tls_where_the_browser_is(guarded, owner, tls):
    """Also where a proxy takes the TLS off: the page's origin tells."""
    origin = {"Origin": "https://data.example.com"} if tls else {}
    browser = guarded.remote(**origin)
    answer = await browser.post("/api/session", json={"key": await key(owner, "read")})
    assert ("secure" in answer.headers["set-cookie"].lower()) is tls


async def test_changes_in_a_session_need_what_only_our_pages_know(guarded, owner):
    """Without the CSRF token a cookie alone changes nothing."""
    browser = guarded.remote()
    told = await browser.post("/api/session", json={"key": await key(owner, "admin")})
    wanted = {"name": "a", "scopes": ["read"]}
    assert (await browser.post("/api/keys", json=wanted)).status_code == 403
    wrong = {"X-CSRF-Token": "x"}
    assert (await browser.post("/api/keys", json=wanted, headers=wrong)).status_code == 403
    right = {"X-CSRF-Token": told.json()["csrf"]}
    assert (await browser.post("/api/keys", json=wanted, headers=right)).status_code == 201
    assert (await browser.get("/api/session")).json()["csrf"] == right["X-CSRF-Token"]


async def test_a_session_ends_by_logging_out_with_its_key_and_with_time(
    guarded, owner, monkeypatch
):
    """After each of them the cookie is worth nothing."""
    made = (await owner.post("/api/keys", json={"name": "a", "scopes": ["read"]})).json()
    browsers = [guarded.remote() for _ in range(3)]
    for browser in browsers:
        told = await browser.post("/api/session", json={"key": made["secret"]})
        browser.headers["X-CSRF-Token"] = told.json()["csrf"]
        [(name, value)] = browser.cookies.items()
        browser.headers["Cookie"] = f"{name}={value}"
        browser.cookies.clear()
    first, second, third = browsers
    assert (await first.delete("/api/session")).status_code == 204
    assert (await first.get("/api/flows")).status_code == 401
    assert (await second.get("/api/flows")).status_code == 200
    clock = guarded.services.keys._clock
    with monkeypatch.context() as later:
        later.setattr(guarded.services.keys, "_clock", lambda: clock() + timedelta(hours=13))
        assert (await second.get("/api/flows")).status_code == 401
    assert (await third.get("/api/flows")).status_code == 200
    await owner.delete(f"/api/keys/{made['key']['id']}")
    assert (await third.get("/api/flows")).status_code == 401


async def test_a_session_of_the_homes_owner_is_the_owners(guarded, owner):
    """The page that the owner opens may do what the owner may."""
    browser = guarded.remote()
    token = guarded.services.config.home.token.read_text().strip()
    await browser.post("/api/session", json={"key": token})
    assert (await browser.get("/api/keys")).status_code == 200


async def test_servers_on_one_host_leave_each_other_their_sessions(open_world, tmp_path):
    """Cookies ignore ports, so each log has a name for its own."""

    async def begun(place):
        url = f"sqlite:///{place}.db"
        world = await open_world(trusted=False, home=str(place), database_url=url)
        browser = world.remote()
        return browser, world.services.config.home.token.read_text().strip()

    one, secret = await begun(tmp_path / "one")
    assert (await one.post("/api/session", json={"key": secret})).status_code == 200
    other, secret = await begun(tmp_path / "other")
    other.cookies.jar = one.cookies.jar
    assert (await other.post("/api/session", json={"key": secret})).status_code == 200
    for browser in (one, other):
        assert (await browser.get("/api/keys")).status_code == 200
    csrf = (await other.get("/api/session")).json()["csrf"]
    await other.delete("/api/session", headers={"X-CSRF-Token": csrf})
    assert (await other.get("/api/keys")).status_code == 401
    assert (await one.get("/api/keys")).status_code == 200


# --- where from ----------------------------------------------------------------------------------


async def test_a_rebound_name_is_refused(guarded, owner):
    """DNS rebinding makes a page ask us by its own name; we answer to ours only."""
    for name in ("evil.example.com", "evil.example.com:4747", "", "127.0.0.1.evil.example.com"):
        answer = await owner.get("/api/flows", headers={"Host": name})
        assert answer.status_code == 403, name
        assert "PENINSULA_ALLOWED_HOSTS" in answer.json()["message"]
    for name in ("127.0.0.1:4747", "localhost", "[::1]:4747", "LOCALHOST:1"):
        assert (await owner.get("/api/flows", headers={"Host": name})).status_code == 200


async def test_more_hosts_can_be_allowed(open_world):
    """The setting names them."""
    world = await open_world(trusted=False, allowed_hosts=("peninsula.example.com",))
    answer = await world.remote().get("/api/flows", headers={"Host": "peninsula.example.com"})
    assert answer.status_code == 401


async def test_pages_of_other_sites_are_refused(guarded, owner):
    """Also when they know a key: their origin says who they are. Our own pages pass."""
    answer = await owner.get("/api/flows", headers={"Origin": "https://evil.example.com"})
    assert answer.status_code == 403
    assert "PENINSULA_ALLOWED_ORIGINS" in answer.json()["message"]
    for origin in ("http://127.0.0.1:4747", "https://data.example.com"):
        assert (await owner.get("/api/flows", headers={"Origin": origin})).status_code == 200
    assert (await owner.get("/api/flows", headers={"Origin": "null"})).status_code == 403


@pytest.mark.parametrize("origin", ["http://[x", "http://x]", "http://[::1", "[", "%5b"])
async def test_an_origin_that_is_no_address_is_another_sites(guarded, origin):
    """It is refused like any other, and is no fault of the server."""
    for path in ("/api/flows", "/api/openapi.json"):
        answer = await guarded.remote().get(path, headers={"Origin": origin})
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
        assert "PENINSULA_ALLOWED_ORIGINS" in answer.json()["message"]


@pytest.mark.parametrize("host", ["[x", "x]", "http://x]", "x:99999999", "http://[::1", "a b"])
async def test_a_host_that_is_none_is_the_callers_mistake(guarded, host):
    """Also where nothing is, and where nobody asks for a host."""
    for path in ("/api/flows", "/api/nothing", "/api/health"):
        answer = await guarded.remote().get(path, headers={"Host": host})
        assert answer.status_code < 500, (path, answer.text)
        if path == "/api/flows":
            assert answer.json()["code"] in {"forbidden", "invalid"}


async def test_pages_of_allowed_sites_are_told_so(guarded, owner):
    """Their browser asks first, and may then show them the answer; no other site gets that."""
    asked = {
        "Origin": "https://data.example.com",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization",
    }
    answer = await guarded.remote().options("/api/flows", headers=asked)
    assert answer.headers["access-control-allow-origin"] == "https://data.example.com"
    answer = await owner.get("/api/flows", headers={"Origin": "https://data.example.com"})
    assert answer.headers["access-control-allow-origin"] == "https://data.example.com"
    asked["Origin"] = "https://evil.example.com"
    answer = await guarded.remote().options("/api/flows", headers=asked)
    assert "access-control-allow-origin" not in answer.headers


async def test_answers_are_not_kept_by_caches_nor_guessed_at(owner):
    """What the API says is for the caller, and is what it says it is."""
    answer = await owner.get("/api/flows")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "data.example.com"])
def test_listening_beyond_loopback_without_authentication_is_refused(host):
    """The message says what would happen and what to set instead."""
    settings = structs.replace(Settings(), server_host=host, server_auth=False)
    with pytest.raises(InvalidError, match="PENINSULA_SERVER_AUTH=true"):
        configure(settings)
    assert configure(structs.replace(settings, server_auth=True)).auth


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
async def test_without_authentication_loopback_is_the_owner(host):
    """A person may choose so on a machine of their own."""
    settings = structs.replace(Settings(), server_host=host, server_auth=False)
    assert not configure(settings).auth


# --- keys for one run ----------------------------------------------------------------------------


async def test_the_key_of_a_run_works_for_that_run_alone(guarded, owner):
    """It reads its own tree and sends its own records; nothing of any other run."""
    own, other, task, foreign = (uuid4() for _ in range(4))
    teller = Teller()
    for root, child in ((own, task), (other, foreign)):
        begun = change(StateType.RUNNING, born=Birth(name="r", flow="f"))
        teller.tell(state(root, RunKind.FLOW_RUN, begun), root, root)
        begun = change(StateType.RUNNING, born=Birth(name="t", task="t", parent=root, root=root))
        teller.tell(state(child, RunKind.TASK_RUN, begun), child, root)
    await guarded.take(teller.batch())
    secret = await key(owner, "emit", "read", "work", run=str(own))
    client = guarded.remote(Authorization=f"Bearer {secret}")

    for path in (f"flow-runs/{own}", f"flow-runs/{own}/timeline", f"task-runs/{task}/logs"):
        assert (await client.get(f"/api/{path}")).status_code == 200, path
    for path in (
        f"flow-runs/{other}",
        f"flow-runs/{other}/logs.txt",
        f"task-runs/{foreign}",
        f"flow-runs/{uuid4()}",
        "flow-runs",
        "events",
        "flows",
        "resources",
        "stream",
        "metrics",
    ):
        answer = await client.get(f"/api/{path}")
        assert answer.status_code == 403, path
        assert str(own) in answer.json()["message"]
    assert (await client.post(f"/api/flow-runs/{other}/cancel", json={})).status_code == 403
    assert (await client.post("/api/events", content=codec.encode(event()))).status_code == 403
    assert (await client.get("/api/meta")).status_code == 200
    assert (await client.post("/api/session", json={"key": secret})).status_code == 401


async def test_the_key_of_a_run_sends_only_records_of_that_run(guarded, owner):
    """A batch that speaks for another run is refused whole, and nothing of it is stored."""
    own, other, task, foreign = (uuid4() for _ in range(4))
    known = Teller()
    begun = change(StateType.RUNNING, born=Birth(name="r", flow="f"))
    known.tell(state(other, RunKind.FLOW_RUN, begun), other, other)
    below = change(StateType.RUNNING, born=Birth(name="t", task="t", parent=other, root=other))
    known.tell(state(foreign, RunKind.TASK_RUN, below), foreign, other)
    await guarded.take(known.batch())
    client = guarded.remote(Authorization=f"Bearer {await key(owner, 'emit', run=str(own))}")

    async def send(teller: Teller) -> int:
        answer = await client.post("/api/intake", content=codec.encode(teller.batch()))
        return answer.status_code

    fit = Teller()
    fit.tell(state(own, RunKind.FLOW_RUN, begun), own, own)
    fit.tell(event(), task, own)
    fit.tell(event())
    fit.log(task, own, "line")
    assert await send(fit) == 200
    stored = await guarded.rows("SELECT count(*) FROM events")
    for told in (
        lambda t: t.tell(event(), other, other),
        lambda t: t.tell(event(), other),
        lambda t: t.tell(event(), foreign, own),
        lambda t: t.tell(state(other, RunKind.FLOW_RUN, change(StateType.FAILED)), own, own),
        lambda t: t.tell(state(foreign, RunKind.TASK_RUN, change(StateType.FAILED)), task, own),
        lambda t: t.log(other, other, "line"),
    ):
        teller = Teller()
        teller.tell(event(), own, own)
        told(teller)
        assert await send(teller) == 403
    assert await guarded.rows("SELECT count(*) FROM events") == stored


# --- limits --------------------------------------------------------------------------------------


async def test_streams_are_limited(guarded, owner, monkeypatch):
    """The next one is told that they are too many."""
    monkeypatch.setattr(streams, "READERS", 0)
    answer = await owner.get("/api/stream")
    assert answer.status_code == 429
    assert answer.json()["code"] == "too-many"
    assert answer.headers["retry-after"]


async def test_batches_are_limited(guarded, owner):
    """More records than one batch may have are refused by that."""
    teller = Teller()
    for _ in range(2_001):
        teller.tell(event())
    answer = await owner.post("/api/intake", content=codec.encode(teller.batch()))
    assert answer.status_code == 413
    assert answer.json()["details"] == {"limit": 2_000}
    answer = await owner.post("/api/events", content=codec.encode([event()] * 1_001))
    assert answer.status_code == 413
    assert (await owner.get("/api/events?limit=201")).status_code == 422
