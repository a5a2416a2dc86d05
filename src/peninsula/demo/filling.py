"""Prepare the database of the demo's home, and bring into it what took place."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from msgspec import Raw, Struct

from peninsula.client.api import open_api
from peninsula.core import codec
from peninsula.core.home import Home
from peninsula.core.records import PROTOCOL, Batch
from peninsula.core.settings import Settings
from peninsula.core.work import Heartbeat
from peninsula.demo import connections, deployed
from peninsula.demo.history import Homes
from peninsula.demo.processes import left_behind
from peninsula.journal.adopt import abandoned, adopt, read_batches
from peninsula.journal.delivery import Intake

__all__ = ["Filled", "fill", "prepare"]

VARIABLES: Final[dict[str, object]] = {
    "regions": ["de", "fr", "nl", "pl", "se", "uk"],
    "churn-threshold": 0.35,
    "warehouse": {"schema": "marts", "timeout_seconds": 120},
}


class Filled(Struct, frozen=True):
    """What is in the database now."""

    flow_runs: int
    events: int
    process: UUID
    """The one that still runs."""
    unended: tuple[UUID, ...]
    """Its flow runs."""


async def prepare(home: Path) -> dict[str, Heartbeat]:
    """Save blocks, pools and deployments, which runs refer to. Return the workers that stay."""
    async with open_api(Settings(home=str(home))) as api:
        await connections.save(api)
        return await deployed.deploy(api)


async def fill(homes: Homes, until: datetime) -> Filled:
    """Take in all journals, set the variables, ask for runs that are late, and count."""
    settings = Settings(home=str(homes.demo))

    def take_in(port: Intake) -> None:
        adopt(settings, port)
        # After what the cluster told: what was seen then outweighs what is found now.
        for home in sorted(homes.killed.iterdir()):
            adopt(Settings(home=str(home)), port)
        _deliver_unended(homes.running, port)

    async with open_api(settings, take_in) as api:
        for name, value in VARIABLES.items():
            await api.set_variable(name, Raw(codec.encode(value)), tags=("demo",))
        await deployed.ask_late(api, until)
        counts, newest = await api.run_counts(), await api.events(limit=1)
    (journal,) = abandoned(Home(homes.running), None)
    return Filled(
        flow_runs=counts.total,
        events=newest.items[0].position,
        process=journal.header.process.emitter,
        unended=tuple(run.id for run in left_behind(homes.running)),
    )


def _deliver_unended(home: Path, port: Intake) -> None:
    """Deliver what a process has told, and not that it is gone."""
    for journal in abandoned(Home(home), None):
        for parcel in read_batches(journal):
            batch = Batch(
                protocol=PROTOCOL,
                process=journal.header.process,
                first=parcel.first,
                records=[],
            )
            port.take(codec.frame_batch(batch, parcel.bodies))
