"""Redis against a real server."""

from __future__ import annotations

import asyncio
import pickle
import select
import socket
import threading
from contextlib import suppress
from itertools import count

import pytest
import redis as redis_py
from pydantic import SecretStr

from peninsula.blocks import Redis
from peninsula.core.errors import InvalidError
from tests.support.calls import seen
from tests.support.redis import MISSING, PASSWORD, start_redis

_DATABASES = count()


@pytest.fixture(scope="session")
def server():
    """A server, for all tests of this process."""
    with start_redis() as found:
        if found is None:
            pytest.skip(MISSING)
        yield found


@pytest.fixture
def cache(server) -> Redis:
    """An empty database."""
    made = Redis(host="127.0.0.1", port=server.port, db=next(_DATABASES) % 16, password=PASSWORD)
    made.get_client().flushdb()
    return made


def test_what_is_set_is_had(cache, told):
    """Each call says the key and the bytes."""
    assert cache.set("day", "ä1")
    assert cache.get("day") == "ä1".encode()
    assert cache.get("none") is None
    place = f"redis://127.0.0.1:{cache.port}/{cache.db}"
    assert [(call.name, call.about, call.says.get("bytes")) for call in seen(told)] == [
        ("redis.set.completed", f"{place}/day", 3),
        ("redis.get.completed", f"{place}/day", 3),
        ("redis.get.completed", f"{place}/none", None),
    ]


def test_a_value_is_set_once_or_for_a_while(cache):
    """As asked for."""
    assert cache.set("lock", 1, only_new=True)
    assert not cache.set("lock", 2, only_new=True)
    assert cache.get("lock") == b"1"
    cache.set("short", 1, expires_in=60.5)
    assert 60_000 < cache.execute("PTTL", "short") <= 60_500
    assert cache.expire("lock", 30)
    assert not cache.expire("none", 30)


def test_keys_are_found_and_removed(cache, told):
    """By patterns, and counted."""
    for name in ("a:1", "a:2", "b:1"):
        cache.set(name, 0)
    assert sorted(cache.keys("a:*")) == ["a:1", "a:2"]
    assert cache.exists("a:1", "none") == 1
    assert cache.remove("a:1", "b:1", "none") == 2
    assert cache.remove() == 0
    assert list(cache.keys()) == ["a:2"]
    [keys, *_] = [call for call in seen(told) if call.name == "redis.keys.completed"]
    assert keys.says["items"] == 2


def test_names_of_keys_and_fields_may_be_binary(cache, told):
    """As texts that are taken for the same names again."""
    cache.execute("HSET", b"\xff", b"\xfe", 1)
    [key] = cache.keys()
    assert [*cache.get_hash(key).values()] == [b"1"]
    assert cache.set_hash(key, dict(cache.get_hash(key))) == 0
    assert seen(told)[-1].about == f"{cache._system()}/%FF"


def test_hashes_lists_and_sets(cache):
    """Each in the words of Python."""
    assert cache.set_hash("h", {"a": 1, "b": "two"}) == 2
    assert cache.get_hash("h") == {"a": b"1", "b": b"two"}
    assert cache.push("l", "1", b"2", 3) == 3
    assert cache.get_list("l", 1) == [b"2", b"3"]
    assert [cache.pop("l") for _ in range(4)] == [b"1", b"2", b"3", None]
    assert cache.add_to_set("s", 1, 2, 2) == 2
    assert cache.get_set("s") == {b"1", b"2"}
    assert [cache.increment("n"), cache.increment("n", 5)] == [1, 6]


def test_a_value_is_waited_for(cache):
    """For so long."""

    async def use():
        taking = asyncio.create_task(cache.apop("queue", wait=20))
        await cache.apush("queue", "job")
        return await taking

    assert asyncio.run(use()) == b"job"
    assert cache.pop("queue", wait=0.01) is None


def test_a_wait_may_be_longer_than_the_timeout_of_an_answer(cache, told):
    """The server answers that there is none, and is asked once."""
    short = cache.model_copy(update={"timeout_seconds": 0.2})
    assert short.pop("none", wait=1) is None
    assert short.pop("none", wait=0) is None
    assert [call.name for call in seen(told)] == ["redis.pop.completed"] * 2


@pytest.mark.parametrize("wait", [None, 20])
def test_no_second_value_is_taken_for_one_that_was_lost(cache, wait):
    """Where the connection breaks before the answer, the call fails."""
    cache.push("queue", "lost", "next")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_answer_all_but, args=(listener, cache.port)).start()
        far = cache.model_copy(update={"port": listener.getsockname()[1]})
        with pytest.raises(redis_py.ConnectionError):
            far.pop("queue", wait)
        listener.shutdown(socket.SHUT_RDWR)
    assert cache.get_list("queue") == [b"next"]


COUNTED = {
    "INCRBY": lambda cache: cache.increment("n"),
    "RPUSH": lambda cache: cache.push("l", "a"),
    "PUBLISH": lambda cache: cache.publish("c", "a"),
    "XADD": lambda cache: cache.execute("XADD", "log", "*", "day", "1"),
    "SET": lambda cache: cache.set("s", "a", 60, only_new=True),
}


@pytest.mark.parametrize("command", COUNTED)
def test_what_counts_twice_is_done_once(cache, command):
    """Where its answer is lost, the error says that it may have been done."""
    cache.get_client().config_resetstat()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        lossy = (listener, cache.port, f"\r\n{command}\r\n".encode())
        threading.Thread(target=_answer_all_but, args=lossy).start()
        far = cache.model_copy(update={"port": listener.getsockname()[1]})
        with pytest.raises(redis_py.ConnectionError) as caught:
            COUNTED[command](far)
        listener.shutdown(socket.SHUT_RDWR)
    assert f"{command} may have been done, so it was not tried again." in caught.value.__notes__
    stats = cache.get_client().info("commandstats")
    assert stats[f"cmdstat_{command.lower()}"]["calls"] == 1


def _answer_all_but(listener: socket.socket, port: int, command: bytes = b"POP") -> None:
    """Pass each connection on to a server, and end it when that has answered the command."""
    with suppress(OSError):  # the listener is shut
        while True:
            with listener.accept()[0] as near, socket.create_connection(("127.0.0.1", port)) as far:
                asked = b""
                while command not in asked:
                    if near in select.select([near, far], [], [])[0]:
                        far.sendall(asked := near.recv(65_536))
                    else:
                        near.sendall(far.recv(65_536))
                far.recv(65_536)


def test_who_listens_is_told(cache):
    """Messages go by the client, sent by the block."""
    with cache.get_client().pubsub(ignore_subscribe_messages=True) as listener:
        listener.subscribe("news")
        listener.get_message(timeout=5)
        assert cache.publish("news", "hello") == 1
        assert listener.get_message(timeout=5)["data"] == b"hello"


def test_an_error_names_the_key(cache, told):
    """It is that of redis-py."""
    cache.set("text", "a")
    with pytest.raises(redis_py.ResponseError) as caught:
        cache.increment("text")
    uri = f"redis://127.0.0.1:{cache.port}/{cache.db}/text"
    assert caught.value.__notes__ == [f"It was about {uri}."]
    assert [(call.name, call.about) for call in seen(told)][1:] == [("redis.increment.failed", uri)]


def test_a_wrong_password_is_in_no_error(cache, home):
    """Nor in the journal, nor in what the block looks like."""
    wrong = cache.model_copy(update={"password": SecretStr("wr0ng-of-redis")})
    with pytest.raises(redis_py.AuthenticationError) as caught:
        wrong.ping()
    segments = b"".join(file.read_bytes() for file in home.rglob("*.seg"))
    assert b"redis.ping.failed" in segments
    assert "wr0ng" not in f"{caught.value} {wrong!r} {segments!r}"


def test_a_wrong_password_is_tried_once(cache):
    """It stays wrong."""
    client = cache.get_client()
    before = client.info("stats")["total_connections_received"]
    with pytest.raises(redis_py.AuthenticationError):
        cache.model_copy(update={"password": SecretStr("wr0ng-of-redis")}).ping()
    assert client.info("stats")["total_connections_received"] == before + 1


def test_a_broken_connection_is_made_anew(cache):
    """The request is sent again."""
    cache.set("a", 1)
    admin = redis_py.Redis(port=cache.port, password=PASSWORD)
    admin.client_kill_filter(_type="normal", skipme=True)
    assert cache.get("a") == b"1"
    cache.push("l", "b")
    admin.client_kill_filter(_type="normal", skipme=True)
    assert cache.pop("l") == b"b"


def test_a_server_that_is_not_there_is_named(told):
    """By the address of the database."""
    with pytest.raises(redis_py.ConnectionError):
        Redis(host="127.0.0.1", port=1).ping()
    [call] = seen(told)
    assert (call.name, call.about) == ("redis.ping.failed", "redis://127.0.0.1:1/0")


def test_an_address_makes_a_block():
    """With a password that is quoted in it."""
    made = Redis.from_connection_string("rediss://etl:p%40ss@[::1]:7000/3")
    assert made._system() == "rediss://[::1]:7000/3"
    assert (made.username, made.password.get_secret_value(), made.ssl) == ("etl", "p@ss", True)


@pytest.mark.parametrize(
    "address",
    [
        "http://etl:secret@host",
        "redis://etl:secret/9@host",
        "redis://etl:secret#9@host",
        "redis://etl:9#secret@host",
        "redis://host/secret",
        "redis://etl:[secret]@host",
        "redis://etl:secret[9@host",
        "redis://etl:secret℀@host",
        "redis://etl:9@secret/9@host",
    ],
)
def test_what_is_no_address_is_refused_without_what_it_holds(address):
    """A password with signs that are not quoted ends the address too early."""
    with pytest.raises(InvalidError, match="no address of Redis") as caught:
        Redis.from_connection_string(address)
    assert "secret" not in str(caught.value)


def test_a_block_that_was_used_is_pickled(cache):
    """Its client stays where it is."""
    cache.set("a", 1)
    assert pickle.loads(pickle.dumps(cache)).get("a") == b"1"


def test_what_is_not_installed_is_named(monkeypatch):
    """With the command that installs it."""
    monkeypatch.setattr("peninsula.sdk.extras.find_spec", lambda _: None)
    with pytest.raises(InvalidError, match=r"pip install peninsula\[redis\]"):
        Redis().get("a")
