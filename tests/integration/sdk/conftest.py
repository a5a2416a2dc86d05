"""Flows run in the test's own process, with a journal of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from peninsula.journal import emitter
from peninsula.sdk.settings import settings
from tests.support.told import Told


@pytest.fixture(autouse=True)
def told(home: Path) -> Iterator[Told]:
    """What this test's runs have told."""
    _forget_process()
    yield Told(home)
    _forget_process()


def _forget_process() -> None:
    """Let the next emit begin a journal in the home of its own test."""
    emitter.current().close(0)
    settings.cache_clear()
