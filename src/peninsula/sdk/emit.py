"""Emit events of the user's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from msgspec import Raw

from peninsula.core import codec
from peninsula.core.errors import InvalidError
from peninsula.core.events import Event, Related, Resource
from peninsula.core.harmless import harmless
from peninsula.core.resources import OWN, cleaned
from peninsula.core.texts import encodable
from peninsula.journal import emitter
from peninsula.sdk.interrupting.interrupts import Shielded
from peninsula.sdk.runs import current_run
from peninsula.sdk.telling import reports

__all__ = ["emit_event"]

Labels = Mapping[str, str]
"""`{"id": …, "name": …}`, other keys are labels; the long keys of Prefect are known, too."""

_KEYS: Final = {
    f"{prefix}{key}": key
    for key in ("id", "name", "role")
    for prefix in ("", "peninsula.resource.", "prefect.resource.")
}


def emit_event(
    event: str,
    resource: str | Labels | Resource,
    occurred: datetime | None = None,
    related: Iterable[Labels | Related] | None = None,
    payload: Mapping[str, Any] | None = None,
    id: UUID | None = None,  # noqa: A002  Prefect's name
    follows: Event | UUID | None = None,
) -> Event:
    """Tell that something happened, and return the event; inside of a run it is tied to the run.

    Args:
        event: Dotted name, the last part is what happened: `orders.delivered`.
        resource: What it is about: an id such as `s3://lake/raw/orders.csv`, or
            `{"id": …, "name": …}` with labels. User, password, query and fragment of an address
            are cut, and parts of HTTP paths that name one of many become `{}`.
        occurred: When, with a time zone; now by default.
        related: What else took part, each with a `role`.
        payload: What is to be known of it, as JSON; other objects become their text.
        id: An id of your own; the same event with the same id is kept once.
        follows: The event that led to it.

    Raises:
        InvalidError: A part is missing, has the wrong form, or a name is one of Peninsula's own.
        TooLargeError: It is over a limit.
    """
    made = Event(
        id=id or reports.new_id(),
        occurred=_in_utc(occurred),
        event=_own_name(event),
        resource=_resource(resource),
        related=tuple(map(_related, related or ())),
        payload=_payload(payload),
        follows=follows.id if isinstance(follows, Event) else follows,
    )
    made = cleaned(made)
    run = current_run()
    with Shielded():
        emitter.current().emit(made, run=run.id if run else None, root=run.root.id if run else None)
    return made


def _in_utc(occurred: Any) -> datetime:
    if occurred is None:
        return emitter.current().now()
    if not isinstance(occurred, datetime) or occurred.tzinfo is None:
        msg = f"`occurred` is {occurred!r}. Give a datetime with a time zone."
        raise InvalidError(msg)
    return occurred.astimezone(UTC)


def _own_name(name: Any) -> str:
    if not isinstance(name, str):
        msg = f"The event name is {name!r}. Give a text like orders.delivered."
        raise InvalidError(msg)
    if name.startswith(OWN):
        msg = f"The event name {name!r} is one of Peninsula's own. Begin it with another word."
        raise InvalidError(msg)
    return encodable(name)


def _resource(given: Any) -> Resource:
    if isinstance(given, Resource):
        return given
    known, labels = _known(given, "resource")
    return Resource(id=known["id"], name=known.get("name"), labels=labels)


def _related(given: Any) -> Related:
    if isinstance(given, Related):
        return given
    known, labels = _known(given, "related resource")
    if "role" not in known:
        msg = f'The related resource {known["id"]!r} has no role. Say what it did: {{"role": …}}.'
        raise InvalidError(msg)
    return Related(id=known["id"], role=known["role"], name=known.get("name"), labels=labels)


def _known(given: Any, what: str) -> tuple[dict[str, str], dict[str, str]]:
    if isinstance(given, str):
        return {"id": encodable(given)}, {}
    if not isinstance(given, Mapping):
        msg = f'The {what} is {given!r}. Give its id, or {{"id": …, "name": …}}.'
        raise InvalidError(msg)
    known: dict[str, str] = {}
    labels: dict[str, str] = {}
    for key, value in given.items():
        if not isinstance(key, str) or not isinstance(value, str):
            msg = f"The {what} has {key!r}: {value!r}. Keys and values are texts."
            raise InvalidError(msg)
        place, name = (known, _KEYS[key]) if key in _KEYS else (labels, encodable(key))
        place[name] = encodable(value)
    if "id" not in known:
        msg = f'The {what} has no id: {sorted(given)}. Give {{"id": …}}.'
        raise InvalidError(msg)
    return known, labels


def _payload(given: Any) -> Raw:
    if given is None:
        return Raw(b"{}")
    if not isinstance(given, Mapping):
        msg = f"The payload is {type(given).__name__}. Give a dict of what is to be known."
        raise InvalidError(msg)
    try:
        encoded = _encode(harmless(given))
    except Exception as problem:  # noqa: BLE001  objects of the user's are asked for their text
        reason = "it is nested too deep" if isinstance(problem, RecursionError) else repr(problem)
        msg = f"The payload is no JSON: {reason}."
        raise InvalidError(msg) from None
    return Raw(encoded)


def _encode(payload: dict[str, Any]) -> bytes:
    try:
        return codec.encode(payload)
    except UnicodeEncodeError:
        return codec.encode(_mended(payload))


def _mended(value: Any) -> Any:
    # Half a surrogate pair somewhere, as in file names of another encoding.
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, Mapping):
        return {_mended(key): _mended(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_mended(item) for item in value]
    return value
