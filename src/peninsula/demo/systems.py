"""Use the outside world as the demo's flows do: each call is an event about what it went to."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any, Final

from msgspec import Raw

from peninsula.core import codec
from peninsula.core.calls import CALL, COMPLETED, FAILED, Report
from peninsula.core.events import Event, Related, Resource
from peninsula.core.life import describe
from peninsula.core.resources import kind_of
from peninsula.demo.connections import CRM, LAKE, PAYMENTS, SHOP, WAREHOUSE, blocks_of
from peninsula.demo.scene import Scene, scene
from peninsula.journal import emitter
from peninsula.sdk.outside.texts import shapes
from peninsula.sdk.runs import current_run
from peninsula.sdk.telling import causes
from peninsula.sdk.telling.reports import new_id

__all__ = ["CRM", "LAKE", "LOADER", "PAYMENTS", "SHOP", "WAREHOUSE", "WEATHER", "call"]

WEATHER: Final = "https://api.weather.example/v2/stations"
"""No block stands for it: its calls are seen as those of a library are."""

LOADER: Final = "vault://secrets.internal/warehouse-loader"
"""The credential by which flows log in to the warehouse."""

FLAKY: Final = 0.004
"""How often a request over the internet fails for no reason that anyone finds."""

_TYPES: Final = {"https": "http-service", "postgresql": "sql-database", "s3": "s3-bucket"}
_METHODS: Final = {
    ("postgresql", "delete"): "execute",
    ("s3", "delete"): "delete_object",
    ("s3", "read"): "read_path",
    ("s3", "write"): "write_path",
}
"""What blocks call what flows do, where that has another name."""


async def call(resource: str, method: str, seconds: float = 1.0, **given: Any) -> None:
    """Use a system, which takes about so long; `given` are its arguments.

    An exception that leaves the call carries the event which tells of it, so that the run that
    fails with it follows that event.
    """
    here = scene()
    trouble = here.trouble(resource)
    taken = here.seconds(seconds) * (trouble.slows if trouble else 1.0)
    await asyncio.sleep(taken)
    error = _error(here, resource)
    event = _told(resource, method, taken, error, given)
    run, journal = current_run(), emitter.current()
    assert run is not None  # noqa: S101  only flows call
    journal.emit_own(event, run=run.id, root=run.root.id)
    if error is not None:
        setattr(error, causes.CALL, event.id)
        raise error


def _told(
    resource: str, method: str, seconds: float, error: Exception | None, given: dict[str, Any]
) -> Event:
    kind, now = kind_of(resource), emitter.current().now()
    type_ = "httpx" if resource == WEATHER else _TYPES[kind]
    called = _METHODS.get((kind, method), method)
    trouble = scene().trouble(resource)
    report = Report(
        type=type_,
        method=called,
        started=now - timedelta(seconds=seconds),
        seconds=round(seconds, 3),
        rows=given.get("rows"),
        bytes=given.get("bytes"),
        error=None if error is None else describe(error),
        error_type=None if error is None else type(error).__qualname__,
        arguments=shapes((), (), given),
    )
    return Event(
        id=new_id(),
        occurred=now,
        event=f"{CALL}{type_}.{called}.{COMPLETED if error is None else FAILED}",
        resource=Resource(id=resource),
        related=(*blocks_of(resource), *_around(resource)),
        payload=Raw(codec.encode(report)),
        follows=trouble.cause if error is not None and trouble is not None else None,
    )


def _error(here: Scene, resource: str) -> Exception | None:
    # Asked again: a trouble may begin or end while the call lasts.
    trouble = here.trouble(resource)
    if trouble is not None and trouble.error is not None:
        return trouble.error(resource)
    if resource.startswith("https:") and here.random.random() < FLAKY:
        return ConnectionResetError("the peer reset the connection")
    return None


def _around(resource: str) -> list[Related]:
    found = []
    if resource.startswith(WAREHOUSE):
        found.append(Related(id=LOADER, role="credential", name="warehouse-loader"))
    if (pod := scene().pod) is not None:
        found.append(Related(id=pod, role="pod"))
    return found
