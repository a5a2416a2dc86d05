"""A registry of images: what is in it, and the data by which others log in."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Final, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, PrivateAttr, SecretStr, model_validator

from peninsula.blocks.awaiting import awaited
from peninsula.blocks.base import Block
from peninsula.blocks.kept import Kept
from peninsula.blocks.methods import unobserved
from peninsula.blocks.paths import at
from peninsula.blocks.registry_api import RegistryApi, no_registry, understood
from peninsula.core.addresses import has_login, parts_of
from peninsula.core.errors import InvalidError

__all__ = ["DockerRegistry"]

HUB: Final = "https://registry-1.docker.io"
HUB_LOGIN: Final = "https://index.docker.io/v1/"
"""What Docker calls its own registry where it keeps logins."""

_REPOSITORY: Final = re.compile(r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*")
_REFERENCE: Final = re.compile(r"\w[\w.-]{0,127}|[a-z0-9+._-]+:[0-9a-f]{32,}", re.ASCII)


def _address(url: str) -> str:
    """Check an address. What is wrong with it is said without it: it may hold a password."""
    whole = url if "://" in url else f"https://{url}"
    if has_login(whole):
        msg = "the address has a user in it; put it into `username` and `password`"
        raise ValueError(msg)
    parts = parts_of(whole)
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        msg = "this is no address of a registry; write https://registry.example.com"
        raise ValueError(msg)
    return f"{parts.scheme}://{parts.netloc}"


class DockerRegistry(Block):
    """A registry of images that speaks version 2 of the API: Docker Hub, GHCR, Harbor, your own.

    Methods have an `a…` form for coroutines.

    >>> registry = DockerRegistry(registry_url="ghcr.io", username="acme", password="…")
    >>> registry.get_digest("acme/shop", "v2")
    """

    _block_type_name = "Docker Registry"
    _block_type_slug = "docker-registry"

    registry_url: Annotated[str, AfterValidator(_address)] = HUB
    username: str | None = None
    password: SecretStr | None = None
    """A password or a token."""
    timeout_seconds: float = Field(default=30, gt=0)
    """For connecting, and for each answer."""

    _api: Kept[RegistryApi] = PrivateAttr(default_factory=Kept)

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.username is None) != (self.password is None):
            msg = "a user and a password belong together; give both, or none"
            raise ValueError(msg)
        return self

    def _system(self) -> str:
        return self.registry_url

    # --- what is in it ---------------------------------------------------------------------------

    def check(self) -> None:
        """Ask whether the registry is there and lets one in.

        Raises UnauthenticatedError and other errors of the registry, those of httpx where it does
        not answer, and InvalidError where something else does.
        """
        with self._asking("", "") as (api, path):
            answer = api.ask(path, "")
            # A registry may leave its header out. Then it says nothing else, either.
            if _VERSION not in answer.headers and answer.text.strip() not in {"", "{}"}:
                raise no_registry()

    def list_repositories(self) -> list[str]:
        """Return the names of all repositories. Docker Hub and others do not tell them."""
        with self._asking("_catalog", "") as (api, path):
            return list(api.names(path, "catalog", "repositories"))

    def list_tags(self, repository: str) -> list[str]:
        """Return the tags of a repository. Raises NotFoundError."""
        with self._asking("tags/list", repository) as (api, path):
            return list(api.names(path, repository, "tags"))

    def get_manifest(self, repository: str, reference: str = "latest") -> dict[str, Any]:
        """Return the manifest of an image: its layers, or one for each kind of machine.

        Args:
            repository: `acme/shop`; of Docker's own images, `library/python`.
            reference: A tag or a digest.

        Raises:
            NotFoundError: There is no such image.
        """
        with self._asking(f"manifests/{_reference(reference)}", repository) as (api, path):
            answer = api.ask(path, repository)
            with understood():
                found: dict[str, Any] = answer.json()
        return found

    def get_digest(self, repository: str, reference: str = "latest") -> str:
        """Return the digest of the image that a tag stands for now. Raises NotFoundError."""
        with self._asking(f"manifests/{_reference(reference)}", repository) as (api, path):
            answer = api.ask(path, repository, "HEAD")
            with understood():
                return str(answer.headers["Docker-Content-Digest"])

    @contextmanager
    def _asking(self, what: str, repository: str) -> Iterator[tuple[RegistryApi, str]]:
        """Have the call be about a path of the registry."""
        if repository and not _REPOSITORY.fullmatch(repository):
            msg = f"{repository!r} is no name of a repository. Write one like acme/shop."
            raise InvalidError(msg)
        path = f"/v2/{repository}/{what}" if repository else f"/v2/{what}"
        with at(f"{self.registry_url}{path}"):
            yield self._api.get((self.registry_url, *self._login()), self._connected), path

    def _connected(self) -> RegistryApi:
        user, password = self._login()
        login = None if user is None or password is None else (user, password)
        return RegistryApi(self.registry_url, login, self.timeout_seconds)

    # --- for others to log in --------------------------------------------------------------------

    def _login(self) -> tuple[str | None, str | None]:
        secret = self.password
        return self.username, None if secret is None else secret.get_secret_value()

    def _place(self) -> str:
        return HUB_LOGIN if self.registry_url == HUB else urlsplit(self.registry_url).netloc

    @unobserved
    def auth_config(self) -> dict[str, str]:
        """Return what clients of Docker take: `client.images.pull(…, auth_config=…)`.

        Raises InvalidError without a user. Nobody is asked; what they do is not seen.
        """
        user, password = self._login()
        if user is None or password is None:
            msg = "This DockerRegistry has no user to log in as. Give `username` and `password`."
            raise InvalidError(msg)
        return {"username": user, "password": password, "serveraddress": self._place()}

    @unobserved
    def docker_config(self) -> SecretStr:
        """Return a `config.json`: for a folder of Docker's, or for an `imagePullSecret`.

        Raises InvalidError without a user.
        """
        config = self.auth_config()
        auth = b64encode(f"{config['username']}:{config['password']}".encode()).decode()
        return SecretStr(json.dumps({"auths": {config["serveraddress"]: {"auth": auth}}}))

    # --- for coroutines --------------------------------------------------------------------------

    acheck = awaited(check)
    alist_repositories = awaited(list_repositories)
    alist_tags = awaited(list_tags)
    aget_manifest = awaited(get_manifest)
    aget_digest = awaited(get_digest)


_VERSION: Final = "Docker-Distribution-Api-Version"


def _reference(name: str) -> str:
    if not _REFERENCE.fullmatch(name):
        msg = f"{name!r} is no tag and no digest. Write one like v2 or sha256:…."
        raise InvalidError(msg)
    return name
