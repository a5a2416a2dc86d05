"""Fetch from and send to services of other companies."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from peninsula.demo.scene import scene, work
from peninsula.demo.systems import CRM, LAKE, PAYMENTS, WAREHOUSE, WEATHER, call
from peninsula.sdk.artifacts import create_link_artifact
from peninsula.sdk.flows import flow
from peninsula.sdk.tasks import task
from peninsula.sdk.telling.logs import get_run_logger

__all__ = ["export_crm", "fetch_weather", "import_ad_spend", "ingest_payments"]

STATIONS: Final = 3
BATCHES: Final = 5


@task(retries=3, retry_delay_seconds=[10, 60, 300], timeout_seconds=90)
async def fetch_stations(part: int) -> int:
    """Fetch what a third of the stations measured."""
    await call(WEATHER, "get", 6, part=part, bytes=int(scene().seconds(180_000)))
    return part


@task
async def store_readings(hour: str, parts: list[int]) -> str:
    """Keep them in the lake."""
    path = f"{LAKE}/raw/weather/{hour}.parquet"
    await call(path, "write", 2, parts=len(parts))
    return path


@flow(flow_run_name="weather-{hour}")
async def fetch_weather(hour: str) -> str:
    """Keep an hour's weather."""
    parts = await asyncio.gather(*(fetch_stations(part) for part in range(STATIONS)))
    return await store_readings(hour, list(parts))


@task(retries=2, retry_delay_seconds=30)
async def fetch_charges(hour: str) -> int:
    """Fetch the charges of some hours, page by page."""
    for page in range(3):
        await call(PAYMENTS, "get", 4, page=page, until=hour)
    return scene().random.randrange(900, 1_400)


@task(retries=2, retry_delay_seconds=[30, 120])
async def load_charges(count: int) -> None:
    """Add them to the warehouse."""
    await call(f"{WAREHOUSE}/raw.charges", "execute", 8, rows=count)


@flow(flow_run_name="payments-{hour}")
async def ingest_payments(hour: str) -> None:
    """Bring charges to the warehouse."""
    count = await fetch_charges(hour)
    await load_charges(count)
    get_run_logger().info("%s charges until %s", f"{count:,}", hour)


@task
async def choose_contacts(day: str) -> list[int]:
    """Find whose profile has changed."""
    await call(f"{WAREHOUSE}/marts.customers", "query", 15, changed_since=day)
    return list(range(BATCHES))


@task(retries=2, retry_delay_seconds=60)
async def send_contacts(batch: int) -> None:
    """Send some hundred of them."""
    await call(CRM, "post", 9, batch=batch, contacts=400)


@flow(flow_run_name="crm-{day}")
async def export_crm(day: str) -> None:
    """Tell the CRM what is known of customers."""
    batches = await choose_contacts(day)
    await asyncio.gather(*(send_contacts(batch) for batch in batches))
    create_link_artifact("https://crm.example/imports", "The import", key="crm-import")


@task
async def read_report(day: str) -> list[dict[str, Any]]:
    """Read what the networks say they have charged."""
    await call(f"{LAKE}/landing/ads/{day}.json", "read", 3)
    rows = [{"campaign": f"c{n}", "spend": {"amount": str(40 + n)}} for n in range(12)]
    if "new-field" in scene().flags:
        rows[7]["spend"] = {"amount_micros": 47_000_000}
    return rows


@task
async def sum_spend(rows: list[dict[str, Any]]) -> float:
    """Add up what was spent."""
    await work(12)
    return sum(float(row["spend"]["amount"]) for row in rows)


@flow(flow_run_name="ad-spend-{day}")
async def import_ad_spend(day: str) -> float:
    """Bring to the warehouse what advertising has cost."""
    total = await sum_spend(await read_report(day))
    await call(f"{WAREHOUSE}/raw.ad_spend", "execute", 4, total=total)
    return total
