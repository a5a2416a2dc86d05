"""Flows run in the test's own process, with a journal of their own."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from _pytest.logging import LogCaptureHandler

from peninsula.journal import emitter
from peninsula.sdk.settings import settings
from peninsula.task_runners import ProcessPoolTaskRunner
from peninsula.task_runners.dask import DaskTaskRunner
from peninsula.task_runners.ray import RayTaskRunner
from tests.support import elsewhere
from tests.support.ray import ray_of_one_worker
from tests.support.told import Told


@pytest.fixture(autouse=True)
def told(home: Path) -> Iterator[Told]:
    """What this test's runs have told."""
    _forget_process()
    yield Told(home)
    _forget_process()


@pytest.fixture
def uncaptured() -> Callable[[], AbstractContextManager[None]]:
    """Keep logs out of pytest's reports, which cannot carry half a surrogate pair.

    For use inside of the test: pytest begins to capture after the fixtures.
    """

    @contextmanager
    def uncaptured() -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            for logger in (logging.getLogger(), logging.getLogger("peninsula")):
                kept = [h for h in logger.handlers if not isinstance(h, LogCaptureHandler)]
                patch.setattr(logger, "handlers", kept)
            patch.setattr(sys, "stderr", io.StringIO())
            yield

    return uncaptured


# --- task runners ---------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def dask_cluster():
    """Two Dask workers, for all tests of this process."""
    distributed = pytest.importorskip("distributed", reason="Dask is not installed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=2, dashboard_address=":0"
    ) as cluster:
        yield cluster


@pytest.fixture
def dask(dask_cluster, home):
    """A runner on that cluster, whose workers tell to this test's home."""
    with dask_cluster.get_client() as client:
        client.run(elsewhere.move, str(home))
        yield DaskTaskRunner(dask_cluster)
        client.run(elsewhere.move, str(home))


@pytest.fixture(scope="session")
def ray_cluster():
    """Ray with one worker, for all tests of this process."""
    with ray_of_one_worker() as ray:
        yield ray


@pytest.fixture
def ray(ray_cluster, home):
    """A runner there, whose worker tells to this test's home."""
    move = ray_cluster.remote(elsewhere.move)
    ray_cluster.get(move.remote(str(home)))
    yield RayTaskRunner()
    ray_cluster.get(move.remote(str(home)))


@pytest.fixture
def processes():
    """Processes of this machine."""
    return ProcessPoolTaskRunner(max_workers=2)


@pytest.fixture(params=["processes", "dask", "ray"])
def away(request):
    """Each task runner that takes tasks to another process."""
    return request.getfixturevalue(request.param)


def _forget_process() -> None:
    """Let the next emit begin a journal in the home of its own test."""
    emitter.current().close(0)
    settings.cache_clear()
