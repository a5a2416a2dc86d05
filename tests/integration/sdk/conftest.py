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


def _forget_process() -> None:
    """Let the next emit begin a journal in the home of its own test."""
    emitter.current().close(0)
    settings.cache_clear()
