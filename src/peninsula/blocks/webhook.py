"""An address that is told of something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import Field, PrivateAttr, SecretStr, field_validator

from peninsula.blocks.awaiting import awaited
from peninsula.blocks.base import Block
from peninsula.blocks.fields import SecretDict
from peninsula.blocks.kept import Kept
from peninsula.blocks.paths import at
from peninsula.blocks.private_addresses import public_address
from peninsula.core.addresses import parts_of
from peninsula.sdk.outside.around import answered, moved

if TYPE_CHECKING:
    import httpx

__all__ = ["Webhook"]

_PORTS: Final = {"http": 80, "https": 443}


class Webhook(Block):
    """An address that is told of something. It is secret as a whole: many have a key in the path.

    Redirects are not followed. Addresses within private networks, of this machine and of clouds'
    own services are refused unless `allow_private_urls` is on, whatever name leads there.

    >>> Webhook(url="https://hooks.example.com/…").call({"text": "orders are in"})
    """

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    url: SecretStr
    headers: SecretDict | None = None
    """Sent with each call."""
    allow_private_urls: bool = False
    verify: bool = True
    """Whether certificates are checked."""
    timeout_seconds: float = Field(default=30.0, gt=0)

    _client: Kept[Any] = PrivateAttr(default_factory=Kept)

    @field_validator("url")
    @classmethod
    def _is_url(cls, url: SecretStr) -> SecretStr:
        plain = url.get_secret_value()
        parts = parts_of(plain)
        if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
            msg = (
                "The url is no address on the web: write it like https://hooks.example.com/path,"
                " with signs in a password quoted: %2F is a slash, %5B a ["
            )
            raise ValueError(msg)
        if parts.password is not None and plain.count("@") > parts.netloc.count("@"):
            msg = "The url has an @ behind its host, or in its password: quote it, %40 is an @"
            raise ValueError(msg)
        if not (parts.path or parts.query or parts.fragment):
            # All of it is secret, and an address that is a host alone would mask that everywhere.
            return SecretStr(f"{url.get_secret_value()}#")
        return url

    def _system(self) -> str:
        parts = urlsplit(self.url.get_secret_value())
        host = parts.netloc.rpartition("@")[2]
        return f"{parts.scheme}://{host}"

    def call(self, payload: dict[str, Any] | str | None = None) -> httpx.Response:
        """Send a payload, a dict as JSON, and return the answer, whatever that says.

        An answer of 500 raises nothing: `call(…).raise_for_status()` does.

        Raises:
            InvalidError: The address is a private one.
            httpx.TransportError: There is no answer.
        """
        given: dict[str, Any] = (
            {"content": payload} if isinstance(payload, str) else {"json": payload}
        )
        with at(self._system()):
            client: httpx.Client = self._client.get(self.model_dump(), self._make_client)
            request = client.build_request(self.method, self.url.get_secret_value(), **given)
            response = client.send(self._addressed(request))
        answered(response.status_code)
        moved(bytes=len(response.request.content))
        return response

    def _make_client(self) -> httpx.Client:
        import httpx  # noqa: PLC0415  weight

        return httpx.Client(
            headers=self.headers.get_secret_value() if self.headers else None,
            timeout=self.timeout_seconds,
            verify=self.verify,
            # A proxy of the environment would look the name up itself.
            trust_env=self.allow_private_urls,
        )

    def _addressed(self, request: httpx.Request) -> httpx.Request:
        """Have a request go to the address that was checked, by the name that it has."""
        import httpx  # noqa: PLC0415  weight

        if self.allow_private_urls:
            return request
        url = request.url
        try:
            address = public_address(url.host, url.port or _PORTS[url.scheme])
        except OSError as problem:
            msg = f"{url.host} has no address: {problem.strerror}"
            raise httpx.ConnectError(msg, request=request) from problem
        request.extensions = {**request.extensions, "sni_hostname": url.host}
        request.url = url.copy_with(host=address)
        return request

    acall = awaited(call)
