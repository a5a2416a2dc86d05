"""Deploy some of the demo's flows, and know by which pool and worker the runs of each are taken."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import uuid4

from peninsula.client.api import Api
from peninsula.core.deployments import Deployment, WantedRun
from peninsula.core.version import VERSION
from peninsula.core.work import Heartbeat, Worker
from peninsula.demo.flows import clicks, learning, models, shop
from peninsula.sdk.deployments.deployment import DeploymentOptions, Source, declared
from peninsula.sdk.flows import Flow

__all__ = ["Place", "ask_late", "deploy", "place_of"]


class Place(NamedTuple):
    """Where the runs of a deployed flow go."""

    deployment: Deployment
    worker: Worker


class _Pool(NamedTuple):
    type: str
    description: str
    limit: int | None
    worker: str


_POOLS: Final[Mapping[str, _Pool]] = {
    "hosts": _Pool("process", "Hosts of the data team.", 20, "batch-1"),
    "prod-eu": _Pool("kubernetes", "The cluster prod-eu, namespace data.", 50, "prod-eu-1"),
    "edge": _Pool("process", "The small machines beside the collectors.", 2, "edge-1"),
}

GONE: Final = "edge"
"""The pool whose worker is not there: what waits in it is late."""

_FEATURES: Final = {"image": "registry.example/acme/flows:2026.11", "memory": "4Gi", "cpu": "2"}


class _Deployed(NamedTuple):
    flow: Flow[..., Any]
    name: str
    options: DeploymentOptions


_DEPLOYED: Final = (
    _Deployed(
        shop.nightly_orders,
        "nightly",
        {
            "tags": ["sales"],
            "work_pool_name": "hosts",
            "cron": "0 2 * * *",
            "parameters": {"day": "yesterday"},
        },
    ),
    _Deployed(
        shop.sync_inventory,
        "stores",
        {
            "tags": ["sales"],
            "work_pool_name": "hosts",
            "cron": "30 */6 * * *",
            "parameters": {"hour": "last"},
        },
    ),
    _Deployed(
        models.build_models,
        "nightly",
        {
            "tags": ["warehouse"],
            "work_pool_name": "hosts",
            "cron": "0 4 * * *",
            "parameters": {"day": "yesterday"},
        },
    ),
    _Deployed(
        learning.build_features,
        "cluster",
        {
            "tags": ["ml"],
            "work_pool_name": "prod-eu",
            "cron": "0 5 * * *",
            "parameters": {"day": "yesterday"},
            "job_variables": _FEATURES,
        },
    ),
    _Deployed(
        learning.train_churn,
        "cluster",
        {
            "tags": ["ml"],
            "work_pool_name": "prod-eu",
            "cron": "0 9 */3 * *",
            "parameters": {"day": "yesterday"},
            "job_variables": _FEATURES,
            "concurrency_limit": 1,
        },
    ),
    _Deployed(
        clicks.erase_customers,
        "on-request",
        {
            "tags": ["legal"],
            "work_pool_name": "hosts",
            "cron": "0 11 */2 * *",
            "parameters": {"day": "yesterday"},
            "paused": True,
        },
    ),
    _Deployed(
        clicks.backfill_sessions,
        "by-hand",
        {"tags": ["web"], "work_pool_name": GONE, "parameters": {"first": "2026-01-01"}},
    ),
)

_places: Final[dict[str, Place]] = {}


def place_of(flow: str) -> Place | None:
    """Return where the runs of a flow go; None: none is deployed, and a program begins them."""
    return _places.get(flow)


async def deploy(api: Api) -> dict[str, Heartbeat]:
    """Make pools, workers and deployments. Return what the workers that stay say, by pool."""
    told = {name: _heartbeat(pool) for name, pool in _POOLS.items()}
    workers = {name: await _open(api, name, pool, told[name]) for name, pool in _POOLS.items()}
    for each in _DEPLOYED:
        function = each.flow.fn
        file = function.__module__.rpartition(".")[2]
        source = Source(entrypoint=f"{file}.py:{function.__name__}", path="/srv/flows")
        made = declared(each.flow, each.name, source=source, **each.options)
        saved = await api.save_deployment(made.wanted)
        assert saved.work_pool is not None  # noqa: S101  each names one
        _places[each.flow.name] = Place(saved, workers[saved.work_pool])
    del told[GONE]
    return told


def _heartbeat(pool: _Pool) -> Heartbeat:
    return Heartbeat(
        emitter=uuid4(),
        name=pool.worker,
        type=pool.type,
        host=f"{pool.worker}.internal",
        version=VERSION,
        limit=10,
    )


async def _open(api: Api, name: str, pool: _Pool, told: Heartbeat) -> Worker:
    more: dict[str, Any] = {"description": pool.description, "concurrency_limit": pool.limit}
    await api.create_work_pool(name, pool.type, **more)
    return await api.heartbeat(name, told)


async def ask_late(api: Api, until: datetime) -> None:
    """Ask for runs that nobody takes: their worker is gone."""
    deployment = _places[clicks.backfill_sessions.name].deployment
    for minutes in (7, 4):
        first = f"{until - timedelta(days=30 + minutes):%Y-%m-%d}"
        await api.run_deployment(
            deployment.id,
            WantedRun(
                name=f"backfill-{first}",
                parameters={"first": first},
                due=until - timedelta(minutes=minutes),
            ),
        )
