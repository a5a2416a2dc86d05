"""DockerRegistry with real registries: one that asks for a password, and one for tokens."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode

import httpx
import pytest
from pydantic import ValidationError

from peninsula.blocks import DockerRegistry
from peninsula.core.errors import InvalidError, NotFoundError, UnauthenticatedError
from tests.support.calls import seen
from tests.support.faulty import start_faulty
from tests.support.registry import MISSING, PASSWORD, USER, push, start_registry


@pytest.fixture(params=["basic", "token"])
def registry(request, tmp_path):
    """A registry with three images in two repositories."""
    with start_registry(tmp_path, "open") as url:
        if url is None:
            pytest.skip(MISSING)
        images = [("acme/shop", "v1"), ("acme/shop", "v2"), ("tools", "latest")]
        digests = {f"{name}:{tag}": push(url, name, tag) for name, tag in images}
    with start_registry(tmp_path, request.param) as url:
        made = DockerRegistry(registry_url=url, username=USER, password=PASSWORD)
        yield made, digests
        made._api.get((made.registry_url, *made._login()), made._connected)._client.close()


def test_what_is_in_it_is_told(registry, told):
    """Tags, manifests and digests; each call says the path and the bytes."""
    found, digests = registry
    found.check()
    assert sorted(found.list_tags("acme/shop")) == ["v1", "v2"]
    assert found.get_manifest("acme/shop", "v2")["annotations"] == {"tag": "v2"}
    assert found.get_digest("tools") == digests["tools:latest"]
    by_digest = found.get_manifest("acme/shop", digests["acme/shop:v1"])
    assert by_digest["annotations"] == {"tag": "v1"}
    calls = seen(told)
    assert [call.about.removeprefix(found.registry_url) for call in calls[:4]] == [
        "/v2",
        "/v2/acme/shop/tags/list",
        "/v2/acme/shop/manifests/v2",
        "/v2/tools/manifests/latest",
    ]
    assert calls[1].says["bytes"] > 0


def test_repositories_are_listed_page_by_page(registry, monkeypatch):
    """Until there is no next one."""
    found, _ = registry
    monkeypatch.setattr("peninsula.blocks.registry_api.PAGE", 1)
    assert found.list_repositories() == ["acme/shop", "tools"]


def test_what_is_no_registry_is_said_so():
    """Another service may answer at the address."""
    with start_faulty() as server:
        other = DockerRegistry(registry_url=server.url)
        for ask in (
            other.check,
            other.list_repositories,
            lambda: other.get_digest("acme/shop"),
        ):
            with pytest.raises(InvalidError, match="Look into `registry_url`"):
                ask()


def test_what_is_not_there_is_an_error(registry, told):
    """With what the registry said, and a note of the address."""
    found, _ = registry
    with pytest.raises(
        NotFoundError, match="The registry answered 404: manifest unknown"
    ) as caught:
        found.get_manifest("acme/shop", "v9")
    assert "manifests/v9" in caught.value.__notes__[0]
    [call] = seen(told)
    assert call.name == "docker-registry.get_manifest.failed"


def test_a_wrong_password_is_in_no_error(registry, home):
    """Nor in the journal, nor in what the block looks like."""
    found, _ = registry
    wrong = DockerRegistry(registry_url=found.registry_url, username=USER, password="wr0ng-one")
    with pytest.raises(UnauthenticatedError) as caught:
        wrong.list_tags("acme/shop")
    wrong._api.take()._client.close()
    files = b"".join(file.read_bytes() for file in home.rglob("*.seg"))
    assert b"list_tags.failed" in files
    assert "wr0ng-one" not in f"{caught.value} {wrong!r} {files!r}"


def test_coroutines_await_the_same(registry):
    """In threads, with one login."""
    found, digests = registry

    async def use():
        return await asyncio.gather(*(found.aget_digest("acme/shop", tag) for tag in ("v1", "v2")))

    assert asyncio.run(use()) == [digests["acme/shop:v1"], digests["acme/shop:v2"]]


def test_others_log_in_by_its_data():
    """Clients of Docker, and pods; no text of it shows the password."""
    block = DockerRegistry(registry_url="ghcr.io", username=USER, password=PASSWORD)
    assert block.auth_config() == {
        "username": USER,
        "password": PASSWORD,
        "serveraddress": "ghcr.io",
    }
    auth = b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    assert json.loads(block.docker_config().get_secret_value()) == {
        "auths": {"ghcr.io": {"auth": auth}}
    }
    assert auth not in repr(block.docker_config())
    hub = DockerRegistry(username=USER, password=PASSWORD).auth_config()
    assert hub["serveraddress"] == "https://index.docker.io/v1/"
    with pytest.raises(InvalidError, match="no user to log in as"):
        DockerRegistry().auth_config()


@pytest.mark.parametrize("repository", ["../../x", "Shop", "a//b", "a?n=1", "/a"])
def test_what_is_no_name_is_refused(repository):
    """Before anybody is asked."""
    with pytest.raises(InvalidError, match="no name of a repository"):
        DockerRegistry(registry_url="http://127.0.0.1:1").list_tags(repository)
    with pytest.raises(InvalidError, match="no tag and no digest"):
        DockerRegistry(registry_url="http://127.0.0.1:1").get_digest("shop", "../x")


def test_what_is_no_address_is_refused():
    """One with a password is not repeated."""
    with pytest.raises(ValidationError, match="no address of a registry"):
        DockerRegistry(registry_url="ftp://host")
    for password in (PASSWORD, f"{PASSWORD}/1", f"1/{PASSWORD}", f"[{PASSWORD}]"):
        with pytest.raises(ValidationError, match="put it into `username`") as caught:
            DockerRegistry(registry_url=f"https://etl:{password}@ghcr.io")
        assert PASSWORD not in str(caught.value)
    with pytest.raises(ValidationError, match="belong together"):
        DockerRegistry(username=USER)


def test_a_registry_that_is_not_there_is_named(told):
    """By its address."""
    with pytest.raises(httpx.ConnectError):
        DockerRegistry(registry_url="http://127.0.0.1:1").check()
    [call] = seen(told)
    assert call.about == "http://127.0.0.1:1/v2"
