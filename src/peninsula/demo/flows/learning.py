"""Build features and train on them, in pods of the cluster."""

from __future__ import annotations

import asyncio
from typing import Final

from peninsula.demo.scene import scene, work
from peninsula.demo.systems import LAKE, WAREHOUSE, call
from peninsula.sdk.artifacts import create_progress_artifact, update_progress_artifact
from peninsula.sdk.flows import flow
from peninsula.sdk.tasks import task
from peninsula.sdk.telling.logs import get_run_logger

__all__ = ["build_features", "train_churn"]

PARTS: Final = 8
EPOCHS: Final = 6


@task(retries=1, retry_delay_seconds=30)
async def build_part(day: str, part: int) -> dict[str, str]:
    """Compute the features of an eighth of all customers."""
    await call(f"{WAREHOUSE}/marts.customers", "query", 12, part=part)
    await work(60)
    path = f"{LAKE}/features/{day}/part-{part}.parquet"
    await call(path, "write", 3)
    return {"path": path}


@task
async def join_parts(parts: list[dict[str, str]]) -> str:
    """Make one table of the parts."""
    get_run_logger().info("Joining %d parts in memory", len(parts))
    await work(150)
    return parts[0]["path"].rpartition("/")[0]


@flow(flow_run_name="features-{day}")
async def build_features(day: str) -> str:
    """Compute what models want to know of each customer."""
    parts = await asyncio.gather(*(build_part(day, part) for part in range(PARTS)))
    return await join_parts(parts)


@task
async def train(day: str) -> dict[str, float]:
    """Fit the model, epoch by epoch."""
    await call(f"{LAKE}/features/{day}", "read", 20)
    progress = create_progress_artifact(0.0, key="churn-training")
    loss = 0.7
    for epoch in range(EPOCHS):
        await work(180)
        loss *= 0.8 + scene().random.random() / 10
        get_run_logger().info("Epoch %d of %d: loss %.3f", epoch + 1, EPOCHS, loss)
        update_progress_artifact(progress, 100 * (epoch + 1) / EPOCHS)
    return {"loss": loss}


@task(retries=2, retry_delay_seconds=10)
async def publish(day: str, trained: dict[str, float]) -> None:
    """Keep the model where it is served from."""
    await call(f"{LAKE}/models/churn/{day}.onnx", "write", 6, **trained)


@flow(flow_run_name="churn-{day}")
async def train_churn(day: str) -> None:
    """Train the model of who will leave."""
    await publish(day, await train(day))
