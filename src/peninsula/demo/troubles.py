"""Say what goes wrong in the demo's world, and when."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from peninsula.demo.leaps import now
from peninsula.demo.scene import Trouble
from peninsula.demo.systems import CRM, LAKE, LOADER, PAYMENTS, WAREHOUSE, WEATHER
from peninsula.sdk.emit import emit_event

__all__ = ["Incident", "incidents", "tell"]


class OperationalError(Exception):
    """What a database driver raises."""


class ServiceUnavailableError(Exception):
    """What an HTTP client raises for a 503."""


class CertificateError(Exception):
    """What an HTTP client raises for a server that it cannot trust."""


@dataclass(kw_only=True)
class Incident:
    """A trouble, and the events by which whoever watches the system tells of it."""

    trouble: Trouble
    begins: str | None = None
    """Name of the event that tells of its beginning; of most troubles nobody tells."""
    ends: str | None = None
    related: Sequence[dict[str, str]] = ()
    payload: dict[str, Any] = field(default_factory=dict)


def incidents(until: datetime) -> list[Incident]:
    """Return what went wrong in the weeks before that moment."""
    return [*_earlier(until), *_lately(until)]


def _earlier(than: datetime) -> list[Incident]:
    midnight = than.replace(hour=0, minute=0, second=0, microsecond=0)

    def trouble(where: str, day: int, begin: float, end: float, **more: Any) -> Trouble:
        """Name the days before, and the hours of that day."""
        start = midnight - timedelta(days=day)
        since, until = start + timedelta(hours=begin), start + timedelta(hours=end)
        return Trouble(where=where, since=since, until=until, **more)

    credential = {"id": LOADER, "role": "credential", "name": "warehouse-loader"}
    return [
        Incident(
            trouble=trouble(WAREHOUSE, 5, 1.5, 9, error=_expired),
            begins="postgresql.credential.expired",
            ends="postgresql.credential.renewed",
            related=[credential],
            payload={"user": "loader"},
        ),
        Incident(
            trouble=trouble(f"{LAKE}/raw/clicks", 4, 5, 12, error=_missing),
            begins="s3.lifecycle.expired",
            payload={"rule": "raw-30-days", "objects": 2_160},
        ),
        *(
            Incident(trouble=trouble(where, day, begin, end, error=_unavailable))
            for where, day, begin, end in (
                (WEATHER, 9, 9.9, 13.5),
                (PAYMENTS, 12, 12.3, 12.308),
                (PAYMENTS, 7, 16.3, 16.345),
                (CRM, 8, 6, 6.5),
            )
        ),
        Incident(trouble=trouble(WEATHER, 2, 12.9, 18.5, slows=17)),
    ]


def _lately(until: datetime) -> list[Incident]:
    """What the overview of a day has, whenever it is: one that goes on, and one that is over."""
    hour = timedelta(hours=1)
    return [
        Incident(
            trouble=Trouble(where=PAYMENTS, since=until - 5 * hour, until=until, error=_untrusted),
            begins="https.certificate.expired",
            payload={"subject": "api.payments.example"},
        ),
        Incident(
            trouble=Trouble(
                where=WEATHER, since=until - 16 * hour, until=until - 14 * hour, error=_unavailable
            )
        ),
    ]


def _untrusted(_: str) -> Exception:
    return CertificateError("certificate verify failed: certificate has expired")


def _expired(_: str) -> Exception:
    return OperationalError('FATAL: password authentication failed for user "loader"')


def _missing(resource: str) -> Exception:
    return FileNotFoundError(f"NoSuchKey: {resource}")


def _unavailable(resource: str) -> Exception:
    return ServiceUnavailableError(f"503 Service Unavailable for url {resource}")


async def tell(incident: Incident) -> None:
    """Tell of an incident when it begins and when it ends."""
    trouble = incident.trouble
    for name, at in ((incident.begins, trouble.since), (incident.ends, trouble.until)):
        await asyncio.sleep((at - now()).total_seconds())
        if name is not None:
            event = emit_event(
                name,
                trouble.where,
                related=incident.related,
                payload=incident.payload,
                follows=trouble.cause,
            )
            trouble.cause = trouble.cause or event.id
