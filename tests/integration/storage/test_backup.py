"""A backup is whole, opens, and is a log of its own."""

from __future__ import annotations

import asyncio
import subprocess

import pytest

from peninsula.core.errors import ConflictError, InvalidError, UnavailableError
from peninsula.server.storage import engines, schema
from peninsula.server.storage.backup import backup
from tests.support.make import Teller, history

pytestmark = pytest.mark.anyio


async def ship(store, teller: Teller) -> None:
    """Send a history in small batches."""
    for after in range(0, len(teller.records), 5):
        await store.take(teller.batch(after, after + 5))


async def opened(url: str) -> tuple[str, int, int]:
    """The log id, the number of events and the last position of a database."""
    copy = engines.open_database(url)
    copy.start()
    await copy.write(schema.prepare)
    log_id = await copy.read(schema.log_id)
    count, last = await copy.read(
        lambda tx: tx.exec_driver_sql("SELECT count(*), max(position) FROM events").one()
    )
    copy.stop()
    return log_id, count, last


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_copy_taken_while_intake_goes_on_is_a_prefix_of_the_log(store, random, tmp_path):
    """It holds every event up to some position, opens like any database, and has its own id."""
    teller = Teller()
    history(random, teller, flows=6)
    await store.take(teller.batch(0, 5))
    target = tmp_path / "copy.db"
    await asyncio.gather(ship(store, teller), asyncio.to_thread(backup, store.database.url, target))
    log_id, count, last = await opened(f"sqlite:///{target}")
    assert log_id != await store.database.read(schema.log_id)
    assert count == last > 0
    assert target.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_an_archive_of_postgresql_is_restored(store, random, tmp_path, postgres):
    """What pg_dump wrote, pg_restore reads, partitions and all; the log has a name of its own."""
    teller = Teller()
    history(random, teller)
    await ship(store, teller)
    target = await asyncio.to_thread(backup, store.database.url, tmp_path / "copy.dump")
    with postgres.fresh_database() as url:
        address = url.replace("+psycopg", "")
        restore = ["pg_restore", "--no-owner", "--exit-on-error", "--dbname", address, str(target)]
        await asyncio.to_thread(subprocess.run, restore, check=True)
        log_id, count, last = await opened(url)
        assert await opened(url) == (log_id, count, last)
    assert log_id != await store.database.read(schema.log_id)
    assert [(count, last)] == await store.rows("SELECT count(*), max(position) FROM events")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_an_archive_put_back_in_its_place_is_another_log(store, tmp_path):
    """Also in the database that it came from, a restored log is known by another name."""
    name = await store.database.read(schema.log_id)
    target = await asyncio.to_thread(backup, store.database.url, tmp_path / "copy.dump")
    address = store.database.url.replace("+psycopg", "")
    restore = ["pg_restore", "--clean", "--exit-on-error", "--dbname", address, str(target)]
    await asyncio.to_thread(subprocess.run, restore, check=True)
    log_id, _, _ = await opened(store.database.url)
    assert log_id != name


async def test_a_file_that_is_there_is_not_overwritten(tmp_path):
    """A backup never destroys another one."""
    (tmp_path / "copy.db").write_text("precious")
    with pytest.raises(ConflictError, match="Name a new file"):
        backup(f"sqlite:///{tmp_path / 'peninsula.db'}", tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "precious"


async def test_what_cannot_be_copied_is_said_and_leaves_nothing(tmp_path):
    """Neither a folder that is not there nor a database that is not there leaves a file."""
    with pytest.raises(InvalidError, match="Make it first"):
        backup(f"sqlite:///{tmp_path / 'peninsula.db'}", tmp_path / "no" / "copy.db")
    with pytest.raises(UnavailableError, match="Cannot copy"):
        backup(f"sqlite:///{tmp_path / 'none.db'}", tmp_path / "copy.db")
    assert [path.name for path in tmp_path.iterdir() if "copy" in path.name] == []
