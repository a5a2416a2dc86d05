"""A request as the API reads it: bounded bodies, checked parameters, and who asks."""

from __future__ import annotations

import zlib
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast, get_origin
from urllib.parse import parse_qsl
from uuid import UUID

import msgspec
from litestar import Request
from litestar.exceptions import InternalServerException
from msgspec import Struct

from peninsula.core import codec
from peninsula.core.errors import InvalidError, TooLargeError
from peninsula.server.services.access import Caller

if TYPE_CHECKING:
    from peninsula.server.wiring import Services

__all__ = ["CALLER", "ApiRequest"]

T = TypeVar("T")
S = TypeVar("S", bound=Struct)

CALLER: Final = "peninsula.caller"
BODY_BYTES: Final = 1024 * 1024
"""What a body may have, where nothing else is said."""


class ApiRequest(Request[Any, Any, Any]):
    """One request."""

    @property
    def services(self) -> Services:
        """What the server can do."""
        return cast("Services", self.app.state["services"])

    @property
    def caller(self) -> Caller:
        """Who asks; the doorway has found out."""
        return cast("Caller", self.scope["state"][CALLER])

    def id(self, what: str) -> UUID:
        """Return the id in the path, of a `what`."""
        return codec.id_of(self.path_params["id"], f"{what} id")

    def asked(self, kind: type[S]) -> S:
        """Return the parameters as that struct. Raises InvalidError naming the one at fault."""
        several = _several(kind)
        values: dict[str, Any] = {}
        for name, texts in _parameters(self.scope["query_string"]).items():
            values[name] = _checked(name, texts, several=name in several)
        try:
            asked = msgspec.convert(values, kind, strict=False)
        except msgspec.ValidationError as problem:
            raise InvalidError(_named(kind, str(problem))) from None
        for name in values:
            if getattr(asked, name) is None:
                # msgspec reads the text "null" as nothing.
                msg = f"The parameter {name!r} cannot be used: null. Leave it out."
                raise InvalidError(msg)
        return asked

    async def told(self, kind: type[T], limit: int = BODY_BYTES) -> T:
        """Return the body as that type. Raises InvalidError or TooLargeError."""
        body = await self.content(limit)
        if not body:
            msg = "The body is empty. Send JSON."
            raise InvalidError(msg)
        return codec.decode(kind, body)

    async def content(self, limit: int) -> bytes:
        """Return the body, inflated if it is compressed, but never more than the limit."""
        coding = self.headers.get("content-encoding", "identity").lower()
        if coding not in {"identity", "gzip"}:
            msg = f"The body is encoded as {coding[:40]!r}. Send it as it is, or as gzip."
            raise InvalidError(msg)
        if (self.content_length or 0) > limit:
            # Said before anything of it is sent: nobody need wait for what is refused anyway.
            raise _too_large(limit)
        received = bytearray()
        try:
            async for chunk in self.stream():
                received += chunk
                if len(received) > limit:
                    raise _too_large(limit)
        except InternalServerException:
            # So Litestar says that the caller has gone; nobody will read the answer.
            msg = "The connection was closed in the middle of the body."
            raise InvalidError(msg) from None
        return _inflated(bytes(received), limit) if coding == "gzip" else bytes(received)


def _parameters(query: bytes) -> dict[str, list[str]]:
    """Return the texts of each parameter; a byte that is no UTF-8 becomes half a character.

    The framework reads it as a question mark in a diamond, which would be looked for.
    """
    given: dict[str, list[str]] = {}
    text = query.decode(errors="surrogateescape")
    for name, value in parse_qsl(text, keep_blank_values=True, errors="surrogateescape"):
        given.setdefault(name, []).append(value)
    return given


@cache
def _several(kind: type[Struct]) -> frozenset[str]:
    """Return the parameters that may be repeated."""
    return frozenset(
        field.encode_name
        for field in msgspec.structs.fields(kind)
        if get_origin(_bare(field.type)) is tuple
    )


def _bare(annotated: Any) -> Any:
    return annotated.__origin__ if hasattr(annotated, "__metadata__") else annotated


def _checked(name: str, texts: list[str], *, several: bool) -> Any:
    if len(texts) > 1 and not several:
        msg = f"The parameter {name[:60]!r} is given {len(texts)} times. Give it once."
        raise InvalidError(msg)
    for text in (name, *texts):
        if "\x00" in text or not _unicode(text):
            msg = f"The parameter {name[:60]!r} has a character that no text can have. Remove it."
            raise InvalidError(msg)
    return texts if several else texts[0]


def _unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _named(kind: type[Struct], problem: str) -> str:
    reason, _, where = problem.partition(" - at `$.")
    known = ", ".join(sorted(field.encode_name for field in msgspec.structs.fields(kind)))
    if "unknown field" in reason:
        name = reason.partition("`")[2].rstrip("`")
        return f"There is no parameter {name[:60]!r}. This call takes {known or 'none'}."
    name = where.rstrip("`").partition("[")[0]
    if "required field" in reason:
        name = reason.partition("`")[2].rstrip("`")
        return f"The parameter {name!r} is missing."
    hint = " In an address, + is written %2B." if "RFC3339" in reason else ""
    return f"The parameter {name!r} cannot be used: {reason}.{hint}"


def _too_large(limit: int) -> TooLargeError:
    return TooLargeError(f"The body has more than {limit} bytes. Send less at once.", limit=limit)


def _inflated(body: bytes, limit: int) -> bytes:
    inflate = zlib.decompressobj(31)
    try:
        inflated = inflate.decompress(body, limit + 1)
    except zlib.error:
        inflated = None
    if inflated is not None and len(inflated) > limit:
        raise _too_large(limit)
    if inflated is None or not inflate.eof or inflate.unused_data:
        msg = "The body is not gzip, though its Content-Encoding says so."
        raise InvalidError(msg)
    return inflated
