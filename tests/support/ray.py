"""Ray on this machine."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import pytest

__all__ = ["ray_of_one_worker"]


@contextmanager
def ray_of_one_worker() -> Iterator[ModuleType]:
    """Start Ray with nothing that a test does not need; it takes its time."""
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_AUTH_MODE", "disabled")
        ray = pytest.importorskip("ray", reason="Ray is not installed")
        ray.init(
            num_cpus=1, include_dashboard=False, log_to_driver=False, object_store_memory=10**8
        )
    yield ray
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ray.shutdown()
