"""People who are told: by Slack, Teams, PagerDuty, mail, and whatever else Apprise knows."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, Literal
from urllib.parse import unquote

from pydantic import PrivateAttr, SecretStr

from peninsula.blocks.awaiting import awaited
from peninsula.blocks.base import Block
from peninsula.blocks.kept import Kept
from peninsula.core.errors import InvalidError, PeninsulaError
from peninsula.sdk import masks
from peninsula.sdk.extras import require
from peninsula.sdk.outside.around import moved

__all__ = ["Notification", "NotificationError"]

_PLAIN: Final = {"form": "http", "json": "http", "mailto": "smtp", "xml": "http"}
"""Schemes of Apprise that are others' with a shape of body."""
_PIECE: Final = re.compile(r"(?=[^/@:?&=#]*\d)[^/@:?&=#]{8,}|[^/@:?&=#]{16,}")
"""What may be a key in an address: nobody gives such a name."""


class NotificationError(PeninsulaError):
    """A service did not take a notification."""

    code = "notification"


class Notification(Block):
    """Someone to notify, at an address of Apprise: `slack://…`, `mailtos://…`, `pagerduty://…`.

    Apprise's documentation says how the address of each service is written. Of a service that has
    its keys in its address, calls tell the service and no more.

    >>> Notification(url="slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlaz").notify("It failed.", "Nightly")
    """

    url: SecretStr

    _known: Kept[Any] = PrivateAttr(default_factory=Kept)

    def _system(self) -> str | None:
        try:
            return _address(self._service())
        except InvalidError:
            return None  # the call itself says what is wrong

    def notify(
        self,
        body: str,
        subject: str | None = None,
        notify_type: Literal["info", "success", "warning", "failure"] = "info",
    ) -> None:
        """Send a message.

        Args:
            body: What it says.
            subject: Its title, where the service has one.
            notify_type: Gives it a colour or a picture, where the service has some.

        Raises:
            InvalidError: Apprise is not installed, or does not know the address.
            NotificationError: The service did not take it; the error has what Apprise said.
        """
        service = self._service()
        import apprise  # noqa: PLC0415  an extra

        sender = apprise.Apprise(service)
        with _warnings() as said:
            taken = sender.notify(body=body, title=subject or "", notify_type=notify_type)
        if not taken:
            reason = " ".join(said) or "It did not say why."
            msg = f"{service.service_name} did not take the notification. {reason}"
            raise NotificationError(msg)
        moved(bytes=len(body.encode()))

    anotify = awaited(notify)

    def _service(self) -> Any:
        return self._known.get(self.url, self._instance)

    def _instance(self) -> Any:
        require("apprise", "Notification", "notify")
        import apprise  # noqa: PLC0415  an extra

        url = self.url.get_secret_value()
        service = apprise.Apprise.instantiate(url, suppress_exceptions=True)
        if service is None:
            raise _unknown(url)
        masks.learn([*_secrets(service, url)])
        return service


def _unknown(url: str) -> InvalidError:
    # What is before the sign says which service was meant, and is no secret; all else may be.
    scheme, sign, _ = url.partition("://")
    begin = f"begins with {scheme[:20]}://" if sign else "has no ://"
    msg = (
        f"Apprise does not know the address of this Notification: its `url` {begin}. How addresses"
        " are written is said for each service at https://appriseit.com/services/."
    )
    return InvalidError(msg)


def _address(service: Any) -> str | None:
    """Return where a service is, as far as that is no secret."""
    host = service.template_tokens.get("host")
    if not host or host.get("private") or not service.host:
        found: str | None = service.service_url
        return found
    scheme = service.schema.removesuffix("s") if service.secure else service.schema
    plain = _PLAIN.get(scheme, scheme)
    secure = "s" if service.secure and plain == "http" else ""
    name = getattr(service, "smtp_host", None) or service.host
    return f"{plain}{secure}://{name}" + (f":{service.port}" if service.port else "")


def _secrets(service: Any, url: str) -> Iterator[str]:
    """Give what is secret in the address of a service, apart from the whole of it."""
    tokens = service.template_tokens
    for name, token in tokens.items():
        value = getattr(service, token.get("map_to", name), None)
        if token.get("private") and isinstance(value, str):
            yield value
    if not tokens.get("host"):
        for piece in _PIECE.findall(url.partition("://")[2].partition("?")[0]):
            yield from {piece, unquote(piece)}


# Apprise works in threads of its own, to which it takes the context.
_SAID: ContextVar[list[str] | None] = ContextVar("peninsula_apprise_said", default=None)


@contextmanager
def _warnings() -> Iterator[list[str]]:
    """Collect what Apprise warns of in this call: only its log says why a service took nothing."""
    said: list[str] = []
    token = _SAID.set(said)

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if _SAID.get() is said:
                said.append(record.getMessage())

    listener = Listener(logging.WARNING)
    logger = logging.getLogger("apprise")
    logger.addHandler(listener)
    try:
        yield said
    finally:
        logger.removeHandler(listener)
        _SAID.reset(token)
