"""Make sessions of clicks, forget customers who ask for it, and read what comes in."""

from __future__ import annotations

from typing import Final

from peninsula.demo.scene import scene, work
from peninsula.demo.systems import LAKE, SHOP, WAREHOUSE, call
from peninsula.sdk.flows import flow
from peninsula.sdk.tasks import task
from peninsula.sdk.telling.logs import get_run_logger

__all__ = ["backfill_sessions", "erase_customers", "sessionize_clicks", "stream_clicks"]

SYSTEMS: Final = (f"{SHOP}/public.customers", f"{WAREHOUSE}/marts.customers", f"{LAKE}/raw/orders")


@task
async def read_clicks(hour: str) -> int:
    """Read what the collector has put into the lake."""
    await call(f"{LAKE}/raw/clicks/{hour}.parquet", "read", 8)
    return int(scene().seconds(80_000))


@task
async def make_sessions(clicks: int) -> int:
    """Join the clicks that belong together."""
    await work(25)
    return clicks // 14


@task
async def store_sessions(hour: str, sessions: int) -> None:
    """Keep them."""
    await call(f"{LAKE}/sessions/{hour}.parquet", "write", 4, rows=sessions)


@flow(flow_run_name="sessions-{hour}")
async def sessionize_clicks(hour: str) -> int:
    """Make sessions of some hours' clicks."""
    sessions = await make_sessions(await read_clicks(hour))
    await store_sessions(hour, sessions)
    return sessions


@task
async def erase(system: str, customers: int) -> None:
    """Remove them from one place."""
    await call(system, "delete", 240, customers=customers)


@flow(flow_run_name="erase-{day}")
async def erase_customers(day: str) -> None:
    """Forget whoever asked for it."""
    for system in SYSTEMS:
        await erase(system, 30)
    get_run_logger().info("All who asked until %s are forgotten", day)


@flow(flow_run_name="backfill-{first}")
async def backfill_sessions(first: str, days: int = 14) -> None:
    """Make the sessions of some days anew."""
    for day in range(days):
        await make_sessions(80_000)
        get_run_logger().info("Day %d of %d, from %s on", day + 1, days, first)


@flow(flow_run_name="clicks-live")
async def stream_clicks(minutes: int = 1_440) -> None:
    """Read clicks as they come in."""
    for minute in range(minutes):
        await call(f"{LAKE}/raw/clicks/live.parquet", "write", 60, clicks=1_000 + minute)
        if minute % 5 == 0:
            get_run_logger().info("%s clicks in %d minutes", f"{minute * 1_000:,}", minute)
