"""Speak with a registry of images: log in as it asks, and take its answers."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit
from urllib.request import parse_http_list, parse_keqv_list

from peninsula.core.errors import ForbiddenError, InvalidError
from peninsula.core.refusals import refusal
from peninsula.sdk import masks
from peninsula.sdk.outside.around import moved

if TYPE_CHECKING:
    import httpx

__all__ = ["RegistryApi", "no_registry", "understood"]

UNAUTHORIZED: Final = 401
PAGE: Final = 1_000
"""Names that one request asks for."""

KINDS: Final = (
    "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json,"
    " application/vnd.docker.distribution.manifest.list.v2+json,"
    " application/vnd.docker.distribution.manifest.v2+json"
)
"""Manifests that we take: of an image, or of the same for several machines."""


class RegistryApi:
    """A registry, and how one is let in: each scope by a login of its own."""

    def __init__(self, url: str, user: tuple[str, str] | None, timeout: float) -> None:
        import httpx  # noqa: PLC0415  weight

        self._user = user
        self._client = httpx.Client(
            base_url=url, headers={"Accept": KINDS}, timeout=timeout, follow_redirects=True
        )
        self._logins: dict[str, str] = {}

    def ask(self, path: str, scope: str, method: str = "GET") -> httpx.Response:
        """Return the answer; a refusal is an error with what the registry said."""
        answer = self._send(method, path, scope)
        if answer.status_code == UNAUTHORIZED:
            # The first time, or a token of before is over.
            login = self._login(answer.headers.get("WWW-Authenticate", ""))
            if login is not None:
                self._logins[scope] = login
                answer = self._send(method, path, scope)
        if not answer.is_success:
            self._logins.pop(scope, None)
            raise refusal("The registry", answer.status_code, _said(answer))
        return answer

    def names(self, path: str, scope: str, field: str) -> Iterator[str]:
        """Give the names at a path, page by page."""
        following: str | None = f"{path}?n={PAGE}"
        while following:
            answer = self.ask(following, scope)
            with understood():
                found = answer.json()[field] or ()
            yield from found
            # Only on this registry, whatever it says: the login goes along.
            url = urlsplit(answer.links.get("next", {}).get("url", ""))
            following = f"{url.path}?{url.query}" if url.path else None

    def _send(self, method: str, path: str, scope: str) -> httpx.Response:
        login = self._logins.get(scope)
        headers = {} if login is None else {"Authorization": login}
        answer = self._client.request(method, path, headers=headers)
        moved(bytes=len(answer.content))
        return answer

    # --- who one is ------------------------------------------------------------------------------

    def _login(self, challenge: str) -> str | None:
        """Return what is to be sent for a challenge, None where there is nothing to send."""
        kind, _, rest = challenge.partition(" ")
        if kind.lower() == "bearer":
            return f"Bearer {self._token(parse_keqv_list(parse_http_list(rest)))}"
        return self._basic() if kind.lower() == "basic" else None

    def _basic(self) -> str | None:
        if self._user is None:
            return None
        return f"Basic {b64encode(':'.join(self._user).encode()).decode()}"

    def _token(self, asked: dict[str, str]) -> str:
        realm = asked.pop("realm", "")
        login = self._basic()
        secure = self._client.base_url.scheme == "https"
        if login is not None and secure and urlsplit(realm).scheme != "https":
            msg = "The registry wants the password to be sent without TLS. Ask who runs it."
            raise ForbiddenError(msg)
        headers = {} if login is None else {"Authorization": login}
        wanted: dict[str, str] = {
            name: asked[name] for name in ("service", "scope") if name in asked
        }
        answer = self._client.get(realm, params=wanted, headers=headers)
        if not answer.is_success:
            raise refusal("The login of the registry", answer.status_code, _said(answer))
        said: dict[str, Any] = answer.json()
        token = str(said.get("token") or said.get("access_token"))
        masks.learn([token])
        return token


@contextmanager
def understood() -> Iterator[None]:
    """Read an answer. Raises InvalidError where it is not one that registries give."""
    try:
        yield
    except (ValueError, KeyError, TypeError):
        raise no_registry() from None


def no_registry() -> InvalidError:
    """Return what to raise where something else answers."""
    return InvalidError("What answers there is no registry of images. Look into `registry_url`.")


def _said(answer: httpx.Response) -> str:
    try:
        return "; ".join(str(each["message"]) for each in answer.json()["errors"])
    except (ValueError, KeyError, TypeError):
        return answer.reason_phrase
