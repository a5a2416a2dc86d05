"""Use the outside world as the demo's flows do: each call is an event about what it went to."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from peninsula.core.resources import kind_of
from peninsula.demo.scene import Scene, scene
from peninsula.sdk.emit import emit_event
from peninsula.sdk.telling import causes

__all__ = ["CRM", "LAKE", "LOADER", "PAYMENTS", "SHOP", "WAREHOUSE", "WEATHER", "call", "in_pod"]

SHOP: Final = "postgresql://shop-db.internal/shop"
WAREHOUSE: Final = "postgresql://warehouse.internal/analytics"
LAKE: Final = "s3://acme-lake"
WEATHER: Final = "https://api.weather.example/v2/stations"
PAYMENTS: Final = "https://api.payments.example/v1/charges"
CRM: Final = "https://crm.example/api/contacts"

LOADER: Final = "vault://secrets.internal/warehouse-loader"
"""The credential by which flows log in to the warehouse."""

FLAKY: Final = 0.004
"""How often a request over the internet fails for no reason that anyone finds."""


async def call(resource: str, method: str, seconds: float = 1.0, **said: Any) -> None:
    """Use a system, which takes about so long; `said` is what the event says of it.

    An exception that leaves the call carries the event which tells of it, so that the run that
    fails with it follows that event.
    """
    here = scene()
    trouble = here.trouble(resource)
    taken = here.seconds(seconds) * (trouble.slows if trouble else 1.0)
    await asyncio.sleep(taken)
    error = _error(here, resource)
    payload = {"method": method, "seconds": round(taken, 3), **said}
    kind = kind_of(resource)
    if error is None:
        emit_event(
            f"{kind}.{method}.completed", resource, related=_around(resource), payload=payload
        )
        return
    told = emit_event(
        f"{kind}.{method}.failed",
        resource,
        related=_around(resource),
        payload={**payload, "error": f"{type(error).__name__}: {error}"},
        follows=trouble.cause if trouble else None,
    )
    setattr(error, causes.CALL, told.id)
    raise error


def _error(here: Scene, resource: str) -> Exception | None:
    # Asked again: a trouble may begin or end while the call lasts.
    trouble = here.trouble(resource)
    if trouble is not None and trouble.error is not None:
        return trouble.error(resource)
    if resource.startswith("https:") and here.random.random() < FLAKY:
        return ConnectionResetError("the peer reset the connection")
    return None


def _around(resource: str) -> list[dict[str, str]]:
    found = []
    if resource.startswith(WAREHOUSE):
        found.append({"id": LOADER, "role": "credential", "name": "warehouse-loader"})
    if (pod := scene().pod) is not None:
        found.append({"id": pod, "role": "pod"})
    return found


def in_pod() -> None:
    """Say which pod the run is in, if it is in one."""
    pod = scene().pod
    if pod is not None:
        emit_event("kubernetes.pod.started", {"id": pod, "name": pod.rpartition("/")[2]})
