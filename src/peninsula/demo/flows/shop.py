"""Bring the shop's orders and stock to the lake and the warehouse."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from peninsula.demo.scene import scene, work
from peninsula.demo.systems import LAKE, SHOP, WAREHOUSE, call
from peninsula.sdk.artifacts import create_markdown_artifact
from peninsula.sdk.flows import flow
from peninsula.sdk.tasks import task
from peninsula.sdk.telling.logs import get_run_logger

__all__ = ["nightly_orders", "sync_inventory"]

REGIONS: Final = ("de", "fr", "nl", "pl", "se", "uk")
STORES: Final = ("berlin", "lyon", "malmo", "utrecht")


@task(retries=2, retry_delay_seconds=60)
async def extract_orders(day: str) -> list[dict[str, Any]]:
    """Copy a day's orders from the shop to the lake, a file for each region."""
    rows = int(scene().seconds(24_000))
    await call(f"{SHOP}/public.orders", "query", 40, rows=rows)
    files = [
        {"region": region, "path": f"{LAKE}/raw/orders/{day}/{region}.parquet", "rows": rows // 6}
        for region in REGIONS
    ]
    for file in files:
        await call(str(file["path"]), "write", 2, rows=rows // 6)
    return files


@task(retries=1, retry_delay_seconds=30)
async def clean_orders(file: dict[str, Any]) -> dict[str, Any]:
    """Remove duplicates and test orders from one file."""
    await call(file["path"], "read", 3)
    await work(20)
    dropped = scene().random.randrange(40)
    if dropped > 36:  # noqa: PLR2004  now and then
        get_run_logger().warning("Dropped %d orders without a customer", dropped)
    return {**file, "rows": file["rows"] - dropped}


@task(retries=2, retry_delay_seconds=[30, 120])
async def load_orders(day: str, files: list[dict[str, Any]]) -> int:
    """Put a day's orders in the place of what the warehouse has of that day."""
    rows: int = sum(file["rows"] for file in files)
    await call(f"{WAREHOUSE}/raw.orders", "execute", 25, rows=rows, partition=day)
    return rows


@task
async def check_column(table: str, column: str) -> int:
    """Count the rows where a column has no value."""
    await call(f"{WAREHOUSE}/{table}", "query", 2, column=column)
    return 0


@flow(flow_run_name="check-{table}")
async def check_quality(table: str, columns: list[str]) -> int:
    """Look for what must not be in a table."""
    found = await asyncio.gather(*(check_column(table, column) for column in columns))
    return sum(found)


@flow(flow_run_name="orders-{day}", log_prints=True)
async def nightly_orders(day: str) -> int:
    """Bring a day's orders to the warehouse, and check them there."""
    files = await extract_orders(day)
    cleaned = await asyncio.gather(*(clean_orders(file) for file in files))
    loaded = await load_orders(day, cleaned)
    print(f"{loaded:,} orders of {day} are in the warehouse")  # noqa: T201  it goes to the log
    await check_quality("raw.orders", ["order_id", "customer_id", "amount", "ordered_at"])
    by_region = "\n".join(f"| {file['region']} | {file['rows']:,} |" for file in cleaned)
    create_markdown_artifact(
        f"## Orders of {day}\n\n| region | orders |\n| --- | --- |\n{by_region}\n",
        key="orders-by-region",
        description="What was loaded, by region.",
    )
    return loaded


@task(retries=2, retry_delay_seconds=20)
async def count_stock(store: str) -> dict[str, int]:
    """Ask a store's terminal what is on its shelves."""
    await call(f"{SHOP}/public.stock", "query", 4, store=store)
    return {store: scene().random.randrange(9_000, 11_000)}


@task
async def publish_stock(counted: list[dict[str, int]]) -> None:
    """Write what all stores have."""
    await call(f"{LAKE}/marts/stock.parquet", "write", 5, stores=len(counted))


@flow(flow_run_name="inventory-{hour}")
async def sync_inventory(hour: str) -> None:
    """Count what the stores have."""
    counted = await asyncio.gather(*(count_stock(store) for store in STORES))
    await publish_stock(list(counted))
    get_run_logger().info("Stock of %d stores as of %s", len(STORES), hour)
