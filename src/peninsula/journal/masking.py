"""Keep secrets that this process knows out of what it tells.

Here is the one place where records are encoded. Nothing is looked for as long as no secret is
known; then the encoded bytes are searched, and only a record that has something is read closely.
A forked child knows what its parent knew.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec import structs

from peninsula.core.addresses import hide_in_addresses, hide_passwords, hide_queries
from peninsula.core.codec import encode
from peninsula.core.records import LogLine, Record

if TYPE_CHECKING:
    from peninsula.journal.patterns import Patterns, Secret

__all__ = [
    "SHORTEST",
    "encoded",
    "hide",
    "hide_in_json",
    "in_line",
    "known",
    "register",
    "register_passing",
]

SHORTEST: Final = 4
"""Characters of a secret that is masked: a shorter one would be found in half of all words."""

_known: Final[dict[str, Secret]] = {}


class _Search(NamedTuple):
    """How the known secrets are found: fast in bytes, then closely."""

    needles: tuple[bytes, ...]
    heads: tuple[bytes, ...]
    """How secrets begin: what is left of one at the end of a text that was cut."""
    patterns: Patterns


_search: _Search | None = None

PASSING: Final = 50
"""Secrets that are known for a while: each record is searched for all there are."""

_passing: Final[deque[str]] = deque()

_CUT: Final = "…".encode()


def register(secrets: Iterable[str]) -> None:
    """Mask these from now on. Any thread may call; what is too short is left out."""
    told = {form for text in secrets if len(text) >= SHORTEST for form in _forms(text)}
    for text in told.intersection(_passing):
        _passing.remove(text)
    if new := told - _known.keys():
        _know(new)


def register_passing(secrets: Iterable[str]) -> None:
    """Mask these until there are `PASSING` newer ones: each call may have another token."""
    told = {text for text in secrets if len(text) >= SHORTEST} - _known.keys()
    if told:
        _passing.extend(told)
        while len(_passing) > PASSING:
            _known.pop(_passing.popleft(), None)
        _know(told)


def _know(new: Iterable[str]) -> None:
    global _search  # noqa: PLW0603  a process has one
    from peninsula.journal import patterns  # noqa: PLC0415  weight: for those with secrets

    _known.update({text: patterns.Secret(text) for text in new})
    while True:
        found = tuple(_known.values())
        _search = _Search(
            needles=tuple({needle for secret in found for needle in secret.needles}),
            heads=tuple({secret.head for secret in found}),
            patterns=patterns.Patterns(found),
        )
        if len(_known) == len(found):  # else another thread came between
            return


def _forms(text: str) -> Iterator[str]:
    """Give a secret, and what is left of one that is an address where errors are cut."""
    yield text
    if "://" in text:
        yield hide_queries(text)
        yield hide_passwords(text)
        yield hide_queries(hide_passwords(text))


def known() -> tuple[str, ...]:
    """Return the secrets, for a process that is to mask them as well."""
    return tuple(_known)


def encoded(record: Record) -> bytes:
    """Return the record as bytes, without secrets in the texts that users gave."""
    body = encode(record)
    search = _search
    if search is None or not _has_any(search, body):
        return body
    return encode(search.patterns.record(record))


def hide(text: str) -> str:
    """Return the text without secrets."""
    return text if (search := _search) is None else search.patterns.text(text)


def in_line(line: LogLine) -> LogLine:
    """Return a line of a log without secrets, also without those that addresses have in them."""
    message = hide_in_addresses(hide(line.message))
    return line if message == line.message else structs.replace(line, message=message)


def hide_in_json(body: bytes) -> bytes:
    """Return JSON without secrets in its texts."""
    search = _search
    return body if search is None or not _has_any(search, body) else search.patterns.json(body)


def _has_any(search: _Search, body: bytes) -> bool:
    for needle in search.needles:  # not by any(): it takes twice as long
        if needle in body:
            return True
    return _CUT in body and any(head in body for head in search.heads)
