"""One worker at a time observes a pool, by a Lease of a real cluster."""

from __future__ import annotations

import asyncio

import pytest

from peninsula.kube.cluster import Cluster
from peninsula.workers.kubernetes.lease import DURATION, Leader
from tests.support import kubernetes

pytestmark = pytest.mark.kubernetes


@pytest.fixture
def namespace(kubeconfig):
    """A namespace of the cluster."""
    with kubernetes.namespace() as made:
        yield made


class Uptime:
    """A clock that tests put forward."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """The seconds that it shows."""
        return self.now


def told(namespace, story):
    """What a story with two workers, and their clock, comes to."""

    async def run():
        async with Cluster(namespace.access) as cluster:
            uptime = Uptime()
            one, two = (Leader(cluster, namespace.name, "p", name, uptime) for name in ("1", "2"))
            return await story(one, two, uptime)

    return asyncio.run(run())


def test_one_of_two_holds_it(namespace):
    """Again and again, as long as it renews it."""

    async def story(one, two, _):
        return [await one.tick(), await two.tick(), await one.tick(), await two.tick()]

    assert told(namespace, story) == [True, False, True, False]


def test_what_is_released_is_anyones_at_once(namespace):
    """A worker that ends well leaves no gap."""

    async def story(one, two, _):
        await one.tick()
        await one.release()
        return await two.tick(), await one.tick()

    assert told(namespace, story) == (True, False)


def test_what_nobody_renews_runs_out(namespace):
    """By the clock of who waits for it."""

    async def story(one, two, uptime):
        await one.tick()
        early = await two.tick()
        uptime.now += DURATION
        return early, await two.tick(), await one.tick()

    assert told(namespace, story) == (False, True, False)


def test_a_worker_that_starts_again_has_what_it_held(namespace):
    """It has its name."""

    async def story(one, two, _):
        await one.tick()
        two._holder = one._holder
        return await two.tick()

    assert told(namespace, story)
