"""Build the warehouse's models in the order they need each other, and report from them."""

from __future__ import annotations

from typing import Any, Final

from peninsula.demo.scene import scene, work
from peninsula.demo.systems import WAREHOUSE, call
from peninsula.sdk.artifacts import create_table_artifact
from peninsula.sdk.flows import flow
from peninsula.sdk.tasks import task
from peninsula.sdk.telling.logs import get_run_logger

__all__ = ["build_models", "report_finance"]

MODELS: Final[dict[str, tuple[str, ...]]] = {
    "stg_orders": (),
    "stg_customers": (),
    "stg_charges": (),
    "stg_ad_spend": (),
    "int_orders_paid": ("stg_orders", "stg_charges"),
    "int_customer_orders": ("int_orders_paid", "stg_customers"),
    "customers": ("int_customer_orders",),
    "revenue": ("int_orders_paid",),
    "marketing": ("stg_ad_spend", "revenue"),
}
"""Each with those it selects from."""


@task(task_run_name="{model}", retries=1, retry_delay_seconds=60)
async def build_model(model: str, needs: list[dict[str, Any]]) -> dict[str, Any]:
    """Make one table from those it needs."""
    seconds = 15 + 10 * len(needs)
    await call(f"{WAREHOUSE}/{model}", "execute", seconds, materialized="table")
    return {"model": model, "rows": int(scene().seconds(30_000))}


@task
async def check_models(built: list[dict[str, Any]]) -> int:
    """Hold the tables to what is said of them."""
    await work(20)
    slow = [each["model"] for each in built if each["rows"] > 50_000]  # noqa: PLR2004
    if slow:
        get_run_logger().warning("Grown beyond 50,000 rows: %s", ", ".join(slow))
    return len(built)


@flow(flow_run_name="models-{day}")
async def build_models(day: str) -> int:
    """Build all models, each after those it needs."""
    built: dict[str, dict[str, Any]] = {}
    for model, needs in MODELS.items():
        built[model] = await build_model(model, [built[need] for need in needs])
    get_run_logger().info("%d models are as of %s", len(built), day)
    return await check_models(list(built.values()))


@task(retries=2, retry_delay_seconds=60)
async def sum_revenue(day: str) -> list[dict[str, Any]]:
    """Sum up a day by country."""
    await call(f"{WAREHOUSE}/marts.revenue", "query", 10, day=day)
    countries = ("DE", "FR", "NL", "PL", "SE", "UK")
    return [{"country": each, "revenue": int(scene().seconds(18_000))} for each in countries]


@flow(flow_run_name="finance-{day}")
async def report_finance(day: str) -> int:
    """Tell finance what was earned."""
    rows = await sum_revenue(day)
    create_table_artifact(rows, key="revenue-by-country", description=f"Revenue of {day}, in EUR.")
    return sum(row["revenue"] for row in rows)
