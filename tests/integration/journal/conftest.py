"""Emitters, and an intake that can be made to fail."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from peninsula.core.settings import Settings
from peninsula.journal import masking
from peninsula.journal.emitter import Emitter
from tests.support.intake import Intake


@pytest.fixture
def intake() -> Iterator[Intake]:
    """An intake on a free port."""
    with Intake() as running:
        yield running


@pytest.fixture
def settings(home: Path) -> Callable[..., Settings]:
    """Make settings for the test's home: `settings(api_url=…)`."""

    def make(**values: object) -> Settings:
        return Settings(**{"home": str(home), "ship_interval": 0.01, **values})  # type: ignore[arg-type]

    return make


@pytest.fixture
def emitter(
    settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Emitter]]:
    """Make emitters that are closed at the end: `emitter(api_url=…, clock=…)`."""
    # What other tests of this process made known as secret may be in what these tell.
    monkeypatch.setattr(masking, "_known", {})
    monkeypatch.setattr(masking, "_search", None)
    with ExitStack() as stack:

        def make(*, clock: Callable[[], int] = time.time_ns, **values: object) -> Emitter:
            made = Emitter(settings(**values), clock=clock)
            stack.callback(made.close, 0.0)
            return made

        yield make
