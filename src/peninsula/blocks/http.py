"""A service that is asked over HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from time import sleep
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlsplit

from pydantic import Field, PrivateAttr, SecretStr, field_validator, model_validator

from peninsula.blocks.awaiting import awaited
from peninsula.blocks.base import Block
from peninsula.blocks.fields import SecretDict
from peninsula.blocks.http_redirects import asking, at_its_origin_alone, led
from peninsula.blocks.http_retries import can_be_sent_again, delays, is_passing, retry_after
from peninsula.blocks.kept import Kept
from peninsula.blocks.methods import unobserved
from peninsula.core.addresses import has_login, parts_of
from peninsula.core.secret_names import is_secret_name
from peninsula.sdk.outside.around import answered, moved, refused

if TYPE_CHECKING:
    import httpx

__all__ = ["HttpService"]

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
"""What may be asked twice: nothing comes of it that did not come of the first."""


class HttpService(Block):
    """A service that is asked over HTTP: where it is, who one is there, how patient one is.

    Paths are those of the service, `/orders/17`; events have them as `/orders/{}`. Methods have an
    `a…` form for coroutines: `await service.aget("/orders")`. Answers and errors are those of
    httpx; an answer that says that it failed (4xx, 5xx) is an error, unless `raise_errors` is off.

    >>> github = HttpService(base_url="https://api.github.com", token="ghp_…")
    >>> github.get("/repos/acme/lake").json()
    """

    _block_type_name = "HTTP Service"

    base_url: str
    token: SecretStr | None = None
    """Sent as `Authorization: Bearer …`."""
    username: str | None = None
    """Of basic authentication, with the password."""
    password: SecretStr | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    """Sent with each request."""
    secret_headers: SecretDict | None = None
    """Sent with each request and seen by nobody: `{"X-Api-Key": …}`. A redirect to another scheme,
    host or port is followed without them, and without token and password."""
    timeout_seconds: float = 30.0
    """How long to wait for a connection, and for each part of an answer."""
    retries: int = Field(default=3, ge=0)
    """How often to ask again where the service cannot be reached or says that it is not able to
    answer now (429, 502, 503, 504). What may do something twice, like POST, is asked again only
    if it did not reach the service, or if that refused it as one too many (429). A body that is
    drawn as it is sent, from a generator or `content=` an open file, is sent once."""
    retry_delay_seconds: float = Field(default=0.5, ge=0)
    """Before the first of them; each time twice as long. An answer's `Retry-After` goes before it,
    up to a minute."""
    verify: bool | str = True
    """Whether certificates are checked, or the file of the authorities to check them against."""
    raise_errors: bool = True

    _client: Kept[Any] = PrivateAttr(default_factory=Kept)

    @field_validator("base_url")
    @classmethod
    def _is_url(cls, url: str) -> str:
        if has_login(url) or "?" in url or "#" in url:
            msg = (
                "Give user, password and keys in fields of their own, not in the base_url; what is"
                " part of its path is quoted: %40 is an @"
            )
            raise ValueError(msg)
        parts = parts_of(url)
        if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
            msg = (
                "The base_url is no address of a service: write it like https://api.example.com/v1"
            )
            raise ValueError(msg)
        return url.rstrip("/")

    @model_validator(mode="after")
    def _hides_secrets(self) -> Self:
        for name in self.headers:
            if is_secret_name(name):
                msg = f"The header {name!r} is a secret: give it in secret_headers"
                raise ValueError(msg)
        return self

    def _system(self) -> str:
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}"

    # --- methods of HTTP -------------------------------------------------------------------------

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Ask, and return the answer. Options are those of httpx: `params`, `json`, `content`, ….

        Raises:
            httpx.HTTPStatusError: The answer says that it failed, and `raise_errors` is on.
            httpx.TransportError: There is no answer.
        """
        url = self._url(path)
        with asking(url):
            response = self._answer(method.upper(), url, options)
            moved(bytes=len(response.content))
            self._judge(response)
        return response

    def get(self, path: str = "", **options: Any) -> httpx.Response:
        """Ask for something."""
        return self.request("GET", path, **options)

    def head(self, path: str = "", **options: Any) -> httpx.Response:
        """Ask for the headers alone."""
        return self.request("HEAD", path, **options)

    def post(self, path: str = "", **options: Any) -> httpx.Response:
        """Give something to the service: `json={…}`."""
        return self.request("POST", path, **options)

    def put(self, path: str = "", **options: Any) -> httpx.Response:
        """Put something in its place."""
        return self.request("PUT", path, **options)

    def patch(self, path: str = "", **options: Any) -> httpx.Response:
        """Change something."""
        return self.request("PATCH", path, **options)

    def delete_path(self, path: str, **options: Any) -> httpx.Response:
        """Delete something. `delete` is what deletes the block itself."""
        return self.request("DELETE", path, **options)

    def stream(self, path: str = "", chunk_size: int | None = None) -> Iterator[bytes]:
        """Give what is asked for in parts, for what is too large for memory. It is asked once."""
        url = self._url(path)
        with asking(url), self.get_client().stream("GET", url) as response:
            self._judge(response)
            for part in response.iter_bytes(chunk_size):
                moved(bytes=len(part))
                yield part

    # --- how it is asked -------------------------------------------------------------------------

    @unobserved
    def get_client(self) -> httpx.Client:
        """Return the client of httpx that the block uses. What is asked by it is not seen."""
        client: httpx.Client = self._client.get(self.model_dump(), self._make_client)
        return client

    def _make_client(self) -> httpx.Client:
        import httpx  # noqa: PLC0415  weight

        secret = self.secret_headers.get_secret_value() if self.secret_headers else {}
        headers = {**self.headers, **secret}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token.get_secret_value()}"
        password = self.password.get_secret_value() if self.password else ""
        return httpx.Client(
            headers=headers,
            auth=None if self.username is None else (self.username, password),
            timeout=self.timeout_seconds,
            verify=_verifying(self.verify),
            follow_redirects=True,
            event_hooks={"request": [at_its_origin_alone(secret)]},
        )

    def _url(self, path: str) -> str:
        # A whole URL would take the token to wherever it leads.
        return f"{self.base_url}/{path.lstrip('/')}" if path else self.base_url

    def _judge(self, response: httpx.Response) -> None:
        """Say what was answered; if that says that it failed, raise, or have the call be failed."""
        import httpx  # noqa: PLC0415  weight

        answered(response.status_code)
        if not self.raise_errors:
            if response.is_error:
                refused(response.status_code)
                led(response.request)
            return
        try:
            response.raise_for_status()
        except httpx.HTTPStatusError as error:
            # Queries hold keys and whom one asks about.
            plain = str(response.url.copy_with(query=None, fragment=None))
            error.args = (str(error).replace(str(response.url), plain),)
            raise

    def _answer(self, method: str, url: str, options: Mapping[str, Any]) -> httpx.Response:
        """Ask until there is an answer that is no passing failure, or no patience left."""
        retries = self.retries if can_be_sent_again(options) else 0
        for delay in delays(retries, self.retry_delay_seconds):
            try:
                response = self.get_client().request(method, url, **options)
            except Exception as error:
                if delay is None or not is_passing(error, safe=method in SAFE):
                    raise
                sleep(delay)
                continue
            if delay is None or not is_passing(response, safe=method in SAFE):
                return response
            sleep(retry_after(response, delay))
        raise AssertionError  # the last delay is None

    # --- for coroutines --------------------------------------------------------------------------

    arequest = awaited(request)
    aget = awaited(get)
    ahead = awaited(head)
    apost = awaited(post)
    aput = awaited(put)
    apatch = awaited(patch)
    adelete_path = awaited(delete_path)


def _verifying(verify: bool | str) -> Any:  # noqa: FBT001  as httpx takes it
    if isinstance(verify, bool):
        return verify
    from ssl import create_default_context  # noqa: PLC0415  weight

    return create_default_context(cafile=verify)
