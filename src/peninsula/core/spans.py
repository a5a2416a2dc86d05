"""Read spans of OpenTelemetry as its protocol (OTLP) writes them in JSON; tell them as events."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeAlias
from urllib.parse import quote
from uuid import UUID

from msgspec import Meta, Raw, Struct

from peninsula.core import codec
from peninsula.core.cloudevents import foreign_id
from peninsula.core.events import Event, Related, Resource
from peninsula.core.harmless import harmless_text
from peninsula.core.places import place_of
from peninsula.core.resources import own
from peninsula.core.secret_names import is_secret_name
from peninsula.core.texts import cut

__all__ = [
    "Export",
    "KeyValue",
    "Origin",
    "ResourceSpans",
    "Scope",
    "ScopeSpans",
    "Span",
    "SpanOf",
    "Status",
    "event_of",
    "run_of",
    "spans_in",
]

Whole: TypeAlias = int | str
"""JSON has no whole numbers of 64 bits: they are texts, or numbers."""

Nanos: TypeAlias = Annotated[int, Meta(ge=0)] | Annotated[str, Meta(pattern=r"^[0-9]{1,20}$")]
Trace: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9a-fA-F]{32}$")]
SpanId: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9a-fA-F]{16}$")]

VALUES: Final = 60
"""Attributes of one span that are kept."""

CHARS: Final = 300
"""Of the value of one."""

LEVELS: Final = 8
"""Of lists in lists."""


class KeyValue(Struct, frozen=True, rename="camel"):
    """An attribute."""

    key: str
    value: dict[str, Any] = {}
    """One of `stringValue`, `boolValue`, `intValue`, `doubleValue`, `arrayValue`, …"""


class Origin(Struct, frozen=True, rename="camel"):
    """What made spans: a service, on a host."""

    attributes: tuple[KeyValue, ...] = ()


class Scope(Struct, frozen=True, rename="camel"):
    """The library that made spans."""

    name: str = ""


class Status(Struct, frozen=True, rename="camel"):
    """How a span ended."""

    code: int = 0
    message: str = ""


class Span(Struct, frozen=True, rename="camel"):
    """Something that a service did."""

    trace_id: Trace
    span_id: SpanId
    name: str
    start_time_unix_nano: Nanos
    end_time_unix_nano: Nanos
    parent_span_id: Annotated[str, Meta(pattern=r"^([0-9a-fA-F]{16})?$")] = ""
    kind: int = 0
    attributes: tuple[KeyValue, ...] = ()
    status: Status = Status()


class ScopeSpans(Struct, frozen=True, rename="camel"):
    """Spans of one library."""

    scope: Scope = Scope()
    spans: tuple[Span, ...] = ()


class ResourceSpans(Struct, frozen=True, rename="camel"):
    """Spans of one service."""

    resource: Origin = Origin()
    scope_spans: tuple[ScopeSpans, ...] = ()


class Export(Struct, frozen=True, rename="camel"):
    """Spans as a service or a collector exports them."""

    resource_spans: tuple[ResourceSpans, ...] = ()


class SpanOf(Struct, frozen=True):
    """A span, and where it is from."""

    span: Span
    scope: str
    origin: dict[str, Any]


def spans_in(export: Export) -> Iterator[SpanOf]:
    """Give all spans but our own, which tell what the log has."""
    for of in export.resource_spans:
        origin = _single(_plain(of.resource.attributes))
        for scoped in of.scope_spans:
            if scoped.scope.name != "peninsula":
                for span in scoped.spans:
                    yield SpanOf(span, scoped.scope.name, origin)


def run_of(span: Span) -> UUID | None:
    """Return the flow run that a trace may be: ids of traces that begin in runs are theirs."""
    trace = UUID(span.trace_id)
    return trace if trace.version == _RUNS_VERSION else None


_RUNS_VERSION: Final = 7


def event_of(of: SpanOf, run: UUID | None) -> Event:
    """Return the event of a span; `run` is the flow run that it was done for."""
    span = of.span
    said = _plain(span.attributes)
    start, end = _moment(span.start_time_unix_nano), _moment(span.end_time_unix_nano)
    failed = span.status.code == _ERROR
    service = harmless_text(str(of.origin.get("service.name") or "unknown"))
    payload = {
        "name": harmless_text(span.name),
        "trace": span.trace_id.lower(),
        "span": span.span_id.lower(),
        "parent": span.parent_span_id.lower() or None,
        "started": start,
        "seconds": max(0.0, (end - start).total_seconds()),
        "scope": of.scope or None,
        "error": _harmless(span.status.message) or None if failed else None,
        "attributes": _told(said),
    }
    return Event(
        id=foreign_id(start, span.trace_id.lower(), span.span_id.lower()),
        occurred=end,
        event=f"span.{_KINDS.get(span.kind, 'internal')}.{'failed' if failed else 'completed'}",
        resource=Resource(
            id=f"service://{quote(service)}", name=service, labels=_labels(of.origin)
        ),
        related=tuple(_related(of, said, run)),
        payload=Raw(
            codec.encode({name: each for name, each in payload.items() if each is not None})
        ),
    )


_ERROR: Final = 2
_KINDS: Final = {1: "internal", 2: "server", 3: "client", 4: "producer", 5: "consumer"}
_OUTGOING: Final = frozenset({3, 4, 5})


def _related(of: SpanOf, said: dict[str, Any], run: UUID | None) -> Iterator[Related]:
    if run is not None:
        yield Related(id=own("flow-run", run), role="trace")
    if of.span.kind in _OUTGOING:
        place = place_of(of.scope, of.span.name, _single(said))
        if place is not None:
            yield Related(id=place.path or place.system, role="called")


def _labels(origin: dict[str, Any]) -> dict[str, str]:
    there = [name for name in _LABELS if origin.get(name) not in {None, ""}]
    return {name: harmless_text(str(origin[name])) for name in there}


_LABELS: Final = (
    "deployment.environment.name", "host.name", "k8s.namespace.name", "k8s.node.name",
    "k8s.pod.name", "service.instance.id", "service.namespace", "service.version",
)  # fmt: skip


def _told(said: dict[str, Any]) -> dict[str, Any]:
    """Return attributes without what may be secret: statements, headers, queries, commands."""
    kept = [name for name in said if not _is_untold(name)][:VALUES]
    return {name: _harmless(value) for name, value in zip(kept, map(said.get, kept), strict=True)}


def _is_untold(name: str) -> bool:
    return _UNTOLD.search(name) is not None or is_secret_name(name)


_UNTOLD: Final = re.compile(
    r"statement|query|header|body|target|command_(line|args)|\bpwd\b|access[-_.]?key(?![-_.]?id)",
    re.IGNORECASE,
)
"""Beside what is secret by its name."""


def _harmless(value: Any) -> Any:
    if isinstance(value, str):
        return cut(harmless_text(value), CHARS)
    if isinstance(value, list):
        return [_harmless(each) for each in value[:VALUES]]
    return value


def _plain(attributes: tuple[KeyValue, ...]) -> dict[str, Any]:
    return {each.key: _value(each.value, LEVELS) for each in attributes}


def _single(said: dict[str, Any]) -> dict[str, Any]:
    """Return the attributes that are no lists: no label and no address is one."""
    return {name: value for name, value in said.items() if not isinstance(value, list)}


def _value(told: dict[str, Any], levels: int) -> Any:
    for kind, value in told.items():
        match kind, value:
            case "intValue", str():
                return _whole(value)
            case "arrayValue", {"values": list() as values} if levels:
                return [_value(each, levels - 1) for each in values if isinstance(each, dict)]
            case (
                ("stringValue" | "boolValue" | "intValue" | "doubleValue"),
                str() | bool() | int() | float(),
            ):
                return value
    return None


def _whole(text: str) -> int | str:
    """Return a number of 64 bits; what is none stays a text."""
    if not _WHOLE.fullmatch(text):
        return text
    number = int(text)
    return number if -(2**63) <= number < 2**63 else text


_WHOLE: Final = re.compile(r"-?[0-9]{1,19}")


def _moment(nanos: Whole) -> datetime:
    return datetime.fromtimestamp(min(int(nanos), _LATEST) / 1e9, UTC)


_LATEST: Final = 4_000_000_000 * 10**9
"""Beyond it, no clock is right."""
