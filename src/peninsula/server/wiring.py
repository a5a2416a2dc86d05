"""Put the parts of a server together, start them, and stop them in the right order."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import Struct

from peninsula.server.config import Config
from peninsula.server.database_lock import hold_database
from peninsula.server.keyring import Keyring
from peninsula.server.services.adoption import Adopt, Adoption
from peninsula.server.services.blocks import Blocks
from peninsula.server.services.claims import Claims
from peninsula.server.services.control import Control
from peninsula.server.services.deletions import Deletions
from peninsula.server.services.deployments import Deployments
from peninsula.server.services.duty import Duty
from peninsula.server.services.intake import Intake, Stamps
from peninsula.server.services.keys import Keys
from peninsula.server.services.leases import Leases
from peninsula.server.services.metrics import Metrics
from peninsula.server.services.pauses import Pauses
from peninsula.server.services.reception import Reception
from peninsula.server.services.retention import Retention
from peninsula.server.services.scheduler import Scheduler
from peninsula.server.services.slots import Slots
from peninsula.server.services.stream import Stream
from peninsula.server.services.variables import Variables
from peninsula.server.services.verdicts import Verdicts
from peninsula.server.services.work import Work
from peninsula.server.storage import engines, rebuilding, schema
from peninsula.server.storage.database import Database
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.token import home_token

__all__ = ["Services", "Uptime", "on_duty", "open_services"]


class Services(Struct, frozen=True, kw_only=True):
    """What a server can do."""

    config: Config
    trusted: bool
    """Whoever calls is the owner: in the process itself, or where authentication is off."""
    log_id: UUID
    database: Database
    dictionary: Dictionary
    stamps: Stamps
    keys: Keys
    leases: Leases
    intake: Intake
    reception: Reception
    control: Control
    claims: Claims
    work: Work
    pauses: Pauses
    deletions: Deletions
    deployments: Deployments
    scheduler: Scheduler
    slots: Slots
    variables: Variables
    blocks: Blocks
    verdicts: Verdicts
    retention: Retention
    stream: Stream
    metrics: Metrics

    def let_go(self) -> None:
        """Answer those who wait and end the streams: the server is stopping."""
        self.control.close()
        self.claims.close()
        self.work.close()
        self.stream.close()


class Uptime:
    """The seconds for which a process has run. Time in which it was stopped does not count."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, most: float = 10.0) -> None:
        """Count at most so many seconds between two looks."""
        self._clock = clock
        self._most = most
        self._last = clock()
        self._seconds = 0.0

    def __call__(self) -> float:
        """Return the seconds."""
        now = self._clock()
        self._seconds += min(now - self._last, self._most)
        self._last = now
        return self._seconds


@asynccontextmanager
async def open_services(config: Config, *, trusted: bool = False) -> AsyncIterator[Services]:
    """Open the database, migrating it if need be, and put the parts together around it."""
    database = engines.open_database(config.database_url)
    async with hold_database(database.path, config.home):
        database.start()
        try:
            await database.write(schema.prepare)
            if database.path is not None:
                # Nobody else writes the file, so no rebuild of another server can live.
                await database.write(rebuilding.forget)
            log_id = UUID(await database.read(schema.log_id))
            yield _wire(config, database, log_id, trusted=trusted or not config.auth)
        finally:
            database.stop()


def _wire(config: Config, database: Database, log_id: UUID, *, trusted: bool) -> Services:
    dictionary, stamps, metrics = Dictionary(), Stamps(_wall), Metrics()
    leases = Leases(database, dictionary, stamps, timedelta(seconds=config.lease_seconds), Uptime())
    stream = Stream(database, time.monotonic)
    claims = Claims(database, dictionary, stamps, leases)
    token = None if trusted else home_token(config.home.token)
    keys = Keys(database, token, config.session_time, _now)
    work = Work(database, dictionary, stamps, leases, keys, _wall)
    late_after = timedelta(seconds=config.settings.late_after)
    scheduler = Scheduler(database, dictionary, stamps, _wall, late_after, work.wake)
    appended = _Appended(metrics, claims.poke, work.wake)
    intake = Intake(database, dictionary, stamps, log_id, appended)
    metrics.watch("peninsula_streams", "gauge", "Open event streams.", lambda: stream.readers)
    control = Control(database, dictionary, stamps, leases, _wall)
    metrics.watch(
        "peninsula_polls", "gauge", "Processes that wait for commands.", lambda: control.polls
    )
    return Services(
        config=config,
        trusted=trusted,
        log_id=log_id,
        database=database,
        dictionary=dictionary,
        stamps=stamps,
        keys=keys,
        leases=leases,
        intake=intake,
        reception=Reception(intake, leases, log_id),
        control=control,
        claims=claims,
        work=work,
        pauses=Pauses(database, dictionary, stamps, control, work.wake, _wall),
        deletions=Deletions(database, dictionary, stamps, _wall),
        deployments=Deployments(
            database, dictionary, stamps, _wall, _both(scheduler.poke, work.wake)
        ),
        scheduler=scheduler,
        slots=Slots(database, dictionary, stamps, _wall, timedelta(seconds=config.lease_seconds)),
        variables=Variables(database, dictionary, stamps, _wall),
        verdicts=Verdicts(database, dictionary, stamps, _wall),
        blocks=Blocks(database, dictionary, stamps, _wall, Keyring(config)),
        retention=Retention(database, dictionary, config.settings, _now),
        stream=stream,
        metrics=metrics,
    )


def _both(first: Callable[[], None], second: Callable[[], None]) -> Callable[[], None]:
    def poke() -> None:
        first()
        second()

    return poke


class _Appended:
    """Notes how far the log goes, for the metrics and for those who wait for what comes."""

    def __init__(self, metrics: Metrics, *pokes: Callable[[], None]) -> None:
        self._position = 0
        self._pokes = pokes
        metrics.watch(
            "peninsula_log_position",
            "gauge",
            "Position of the newest event that this server has appended.",
            lambda: self._position,
        )

    def __call__(self, position: int) -> None:
        self._position = max(self._position, position)
        for poke in self._pokes:
            poke()


def _wall() -> int:
    return time.time_ns() // 1000


def _now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def on_duty(services: Services, adopt: Adopt | None = None) -> AsyncIterator[None]:
    """Have the background duties run; `adopt` brings the journals of the home."""
    duties: list[Duty[Any]] = [
        services.keys,
        services.leases,
        services.control,
        services.work,
        services.pauses,
        services.deletions,
        services.scheduler,
        services.retention,
        services.stream,
    ]
    if adopt is not None:
        duties.append(Adoption(adopt, services.reception, time.monotonic))
    async with AsyncExitStack() as stack:
        for duty in duties:
            await duty.start()
            stack.push_async_callback(duty.stop)
        yield
