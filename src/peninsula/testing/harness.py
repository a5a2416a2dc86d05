"""Give tests of flows a home of their own for a while."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from peninsula.core.errors import ConflictError, InvalidError, NotFoundError
from peninsula.core.events import Event
from peninsula.core.home import Home
from peninsula.core.settings import PREFIX, variable
from peninsula.journal import emitter
from peninsula.journal.emitter import Emitter
from peninsula.sdk.settings import settings
from peninsula.testing.clock import FrozenClock
from peninsula.testing.told import ToldRun, told_events, told_runs

__all__ = ["Harness", "harness"]


@contextmanager
def harness(*, now: datetime | None = None) -> Iterator[Harness]:
    """Run flows in a temporary home, apart from the user's own, and look at what they told.

    Variables, artifacts, concurrency limits and results are in that home, too, and need no server.
    Settings are the defaults; variables `PENINSULA_…` that are set inside count from the first run
    on. At the end all is as it was, and the home is gone.

    Args:
        now: Where the clock stands until it is advanced: the one of states, events, log lines and
            expirations. Sleeps, delays and timeouts take real time. Other processes have a clock
            of their own: where tasks run in some, give a moment in the past. By default the clock
            runs.

    Raises:
        InvalidError: `now` has no time zone.
    """
    clock = None if now is None else FrozenClock(now)
    with TemporaryDirectory(prefix="peninsula-") as folder:
        home = Home(Path(folder))
        with _settings_of(home), _emitter_with(clock):
            yield Harness(home, clock)


class Harness:
    """A home of its own, and what the runs in it have told."""

    def __init__(self, home: Home, clock: FrozenClock | None) -> None:
        self._home = home
        self._clock = clock

    @property
    def home(self) -> Path:
        """The folder, which is PENINSULA_HOME while the harness lasts."""
        return self._home.path

    def runs(self, name: str | None = None) -> list[ToldRun]:
        """Return the runs of that flow or task, or all, in the order they began."""
        self._check()
        return [run for run in told_runs(self._home) if name in {None, run.flow, run.task}]

    def run(self, name: str) -> ToldRun:
        """Return the only run of a flow or task. Raises NotFoundError if there is not just one."""
        found = self.runs(name)
        if len(found) != 1:
            known = sorted({run.flow or run.task or "" for run in self.runs()})
            msg = (
                f"{name!r} had {len(found)} runs, not one; there were runs of {known}. "
                f"Ask for runs({name!r}), or correct the name."
            )
            raise NotFoundError(msg)
        return found[0]

    def events(self, name: str | None = None) -> list[Event]:
        """Return the events of that name, or all, in the order they were told."""
        self._check()
        events = [record.event for record in told_events(self._home)]
        return [event for event in events if name in {None, event.event}]

    def advance(self, seconds: float) -> None:
        """Move the clock on. Raises InvalidError if it does not stand still."""
        if self._clock is None:
            msg = "The clock of this harness runs by itself. Make it stand: harness(now=…)."
            raise InvalidError(msg)
        self._clock.advance(seconds)

    def _check(self) -> None:
        if not self._home.path.exists():
            msg = "The harness is over, and its home gone. Ask inside of its `with` block."
            raise ConflictError(msg)


@contextmanager
def _settings_of(home: Home) -> Iterator[None]:
    outer = _take_settings()
    os.environ[variable("home")] = str(home.path)
    try:
        yield
    finally:
        _take_settings()
        os.environ.update(outer)


def _take_settings() -> dict[str, str]:
    settings.cache_clear()
    return {name: os.environ.pop(name) for name in list(os.environ) if name.startswith(PREFIX)}


@contextmanager
def _emitter_with(clock: FrozenClock | None) -> Iterator[None]:
    outer = emitter.swap(None if clock is None else Emitter(clock=clock))
    try:
        yield
    finally:
        inner = emitter.swap(outer)
        if inner is not None:
            inner.close(0)
