"""Find secrets in texts: as they are, in addresses, in JSON, in base64, and cut off at the end."""

from __future__ import annotations

import html
import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from typing import Final, TypeVar, assert_never
from urllib.parse import quote

import msgspec
from msgspec import Raw, structs

from peninsula.core.codec import encode
from peninsula.core.events import Event, Related, Resource
from peninsula.core.records import BlobRecord, EventRecord, GapRecord, LogRecord, Record
from peninsula.core.resources import OWN
from peninsula.core.texts import MASK

__all__ = ["Patterns", "Secret"]

R = TypeVar("R", Resource, Related)

HEAD: Final = 4
"""Characters by which a secret is known that was cut off: fewer tell nothing worth hiding."""

NEEDLE: Final = 32
"""Characters of a secret by which bytes that may hold it are told from others."""

TELLING: Final = 8
LONG: Final = 16
"""Characters from which on a secret is masked in names and ids, too: with a digit or a sign in it,
or without. A word that is also the name of a bucket or a flow stays readable there."""

_PLAIN: Final = re.compile(r"[A-Za-z0-9]{2,}")
"""What no way of writing a text changes."""

_BASE64: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_=-"


def _needle(text: str) -> bytes:
    # Of signs alone there are too many ways to write them: such a secret is looked for closely.
    # Letters and digits alone: so both ways of base64 have the same.
    return max(_PLAIN.findall(text), key=len, default="")[:NEEDLE].encode()


def _in_base64(secret: str) -> set[str]:
    """Return what base64 has in it wherever in the encoded bytes the secret begins."""
    data = secret.encode("utf-8", "replace")
    cores = set()
    for before in range(3):
        for way in (b64encode, urlsafe_b64encode):
            text = way(bytes(before) + data).decode()
            # Characters that the neighbours of the secret have a part in are left out.
            cores.add(text[-(-before * 8 // 6) : (before + len(data)) * 8 // 6])
    return {core for core in cores if len(core) >= HEAD}


class Secret:
    """One secret, and what it looks like."""

    def __init__(self, text: str) -> None:
        """Compile it."""
        self.text: Final = text
        lines = _lines(text)
        cores = sorted(_in_base64(text))
        self.needles: Final = frozenset(map(_needle, (text, *lines, *cores)))
        """Bytes of which one is in every encoded text that holds the secret in some form."""
        self.head: Final = encode(text[:HEAD])[1:-1]
        """How it begins: what is left of it at the end of a text that was cut."""
        self.telling: Final = len(text) >= LONG or (len(text) >= TELLING and not text.isalpha())
        self._forms = re.compile("|".join("".join(map(_character, x)) for x in (text, *lines)))
        self._cores = re.compile("|".join(map(re.escape, cores)) or r"(?!)")

    def hidden_in(self, text: str) -> str:
        """Return the text without it."""
        return self._hidden_in_base64(self._forms.sub(_mask, text))

    def _hidden_in_base64(self, text: str) -> str:
        """Return the text without the whole runs of base64 that have it in them."""
        kept: list[str] = []
        end = 0
        # A pattern with a run around the core would try each of its characters as a beginning.
        for found in self._cores.finditer(text):
            if found.start() >= end:
                before = text[end : found.start()].rstrip(_BASE64)
                rest = text[found.end() :]
                run = len(text) - len(rest.lstrip(_BASE64)) - end - len(before)
                kept += [before, MASK[:run]]
                end += len(before) + run
        return "".join((*kept, text[end:]))


class Patterns:
    """What some secrets look like."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        """Look for the longest first, as one may be in another."""
        self._secrets = sorted(secrets, key=lambda secret: len(secret.text), reverse=True)
        self._telling = [secret for secret in self._secrets if secret.telling]
        self._texts = frozenset(secret.text for secret in self._secrets)

    def record(self, record: Record) -> Record:
        """Return the record without secrets in what users gave; numbers and stamps stay."""
        match record:
            case EventRecord():
                return structs.replace(record, event=self._event(record.event))
            case LogRecord():
                lines = tuple(
                    structs.replace(line, message=self.text(line.message)) for line in record.lines
                )
                return structs.replace(record, lines=lines)
            case BlobRecord() | GapRecord():
                return record  # of a blob, the whole was masked before it was hashed
            case _:
                assert_never(record)

    def text(self, text: str) -> str:
        """Return a text without any of the secrets."""
        for secret in self._secrets:
            text = secret.hidden_in(text)
        return self._without_heads(text) if "…" in text else text

    def name(self, text: str) -> str:
        """Return a name or an id without those secrets that nobody would give as a name."""
        for secret in self._telling:
            text = secret.hidden_in(text)
        return text

    def _without_heads(self, text: str) -> str:
        """Return the text without what is left of secrets where it was cut."""
        first, *rest = text.split("…")
        kept = [first]
        for part in rest:
            kept[-1] = self._without_head(kept[-1])
            kept.append(part)
        return "…".join(kept)

    def _without_head(self, text: str) -> str:
        for secret in self._secrets:
            for size in range(min(len(secret.text) - 1, len(text)), HEAD - 1, -1):
                if text.endswith(secret.text[:size]):
                    return text[:-size] + MASK[:size]
        return text

    # --- events ------------------------------------------------------------------------------

    def _event(self, event: Event) -> Event:
        own = event.event.startswith(OWN)
        return structs.replace(
            event,
            event=event.event if own else self.name(event.event),
            resource=self._resource(event.resource),
            related=tuple(map(self._resource, event.related)),
            payload=Raw(self.json(bytes(event.payload), _NAMES if own else frozenset())),
        )

    def _resource(self, resource: R) -> R:
        id_ = resource.id
        return structs.replace(
            resource,
            id=id_ if id_.startswith(OWN) else self.name(id_),
            name=None if resource.name is None else self.name(resource.name),
            labels={self.name(key): self.text(value) for key, value in resource.labels.items()},
        )

    # --- JSON --------------------------------------------------------------------------------

    def json(self, body: bytes, names: frozenset[str] = frozenset()) -> bytes:
        """Return JSON without secrets in its texts; below these keys are names."""
        return b"".join(self._parts(body, names))

    def _parts(self, body: bytes, names: frozenset[str]) -> Iterator[bytes]:
        end, key = 0, ""
        for found in _STRING.finditer(body):
            yield body[end : found.start()]
            end = found.end()
            text = msgspec.json.decode(found[1], type=str)
            if found[2] is not None:
                key = text
                masked = self.name(text)
            elif _MACHINE.fullmatch(text):
                masked = MASK if text in self._texts else text
            elif key in names:
                masked = self.name(text)
            else:
                masked = self.text(text)
            yield found[0] if masked == text else encode(masked) + (found[2] or b"")
        yield body[end:]


_STRING: Final = re.compile(rb'("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?')

_MACHINE: Final = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32,128}|\d{4}-\d\d-\d\d(?:T[\d:.]+Z?)?"
)
"""Ids, hashes and moments."""

_NAMES: Final = frozenset(
    {"code", "flow", "key", "kind", "name", "origin", "sha256", "tags", "task", "type", "version"}
)
"""Fields of our own events that say which thing it is, or are words of ours."""


def _mask(found: re.Match[str]) -> str:
    # Never longer than what it stands for: what was within a limit stays so.
    return MASK[: found.end() - found.start()]


def _lines(secret: str) -> list[str]:
    """Return the lines of a secret that has several, as one that is printed line by line."""
    lines = secret.splitlines()
    # The head of a PEM file is the same in all of them.
    return [x for x in lines if len(lines) > 1 and len(x) >= TELLING and not x.startswith("-----")]


def _character(character: str) -> str:
    """Return a pattern of one character in any way that texts, URLs, JSON and HTML write it."""
    if character.isascii() and character.isalnum():
        return character
    percent = quote(character, safe="")
    escaped = json.dumps(character)[1:-1]
    again = json.dumps(escaped)[1:-1]  # JSON in a text of JSON
    in_bytes = repr(character.encode("utf-8", "replace"))[2:-1]
    forms = {character, percent, percent.lower(), escaped, again, in_bytes, f"\\{character}"}
    forms |= {repr(character)[1:-1], html.escape(character), f"&#{ord(character)};"}
    if character == " ":
        forms.add("+")
    return f"(?:{'|'.join(re.escape(form) for form in sorted(forms, key=len, reverse=True))})"
