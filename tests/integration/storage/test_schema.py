"""The schema by migrations and the schema at once are the same; versions are told apart."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect

from peninsula.core.errors import ConflictError
from peninsula.server.storage import bulk, engines, schema, tables
from peninsula.server.storage.database import Database
from peninsula.server.storage.migrations import upgrade

pytestmark = pytest.mark.anyio


@pytest.fixture
def empty(empty_database_url: str):
    """A started database without a table."""
    database: Database = engines.open_database(empty_database_url)
    database.start()
    yield database
    database.stop()


def described(tx: Connection) -> dict[str, object]:
    """Every table with its columns, key and indexes."""
    seen = inspect(tx)
    return {
        table: (
            [(c["name"], str(c["type"]), c["nullable"]) for c in seen.get_columns(table)],
            seen.get_pk_constraint(table)["constrained_columns"],
            sorted(
                (i["name"], i["column_names"], bool(i["unique"])) for i in seen.get_indexes(table)
            ),
        )
        for table in sorted(seen.get_table_names())
        if table != "alembic_version"
    }


def made_at_once(tx: Connection, old: list[str]) -> dict[str, object]:
    """What `create` makes in place of tables that migrations made."""
    for table in sorted(old, reverse=True):
        # A partition may have gone with its table.
        tx.exec_driver_sql(f"DROP TABLE IF EXISTS {table}")
    tx.exec_driver_sql("DROP TABLE alembic_version")
    schema.create(tx)
    return described(tx)


async def test_migrations_make_what_the_tables_say(empty):
    """Table by table, column by column, index by index."""
    await empty.write(upgrade, "head")
    migrated = await empty.read(described)
    differences = await empty.read(
        lambda tx: compare_metadata(MigrationContext.configure(tx), tables.metadata)
    )
    assert [d for d in differences if not _partitioned(d)] == []

    assert await empty.write(made_at_once, list(migrated)) == migrated


def _partitioned(difference: object) -> bool:
    # Its partitions and the index that stands for its primary key are PostgreSQL's own.
    return "events_default" in repr(difference) or "events_position" in repr(difference)


async def test_an_empty_database_is_made_and_a_second_start_changes_nothing(empty):
    """The log keeps its id."""
    await empty.write(schema.prepare)
    name = await empty.read(schema.log_id)
    await empty.write(schema.prepare)
    assert await empty.read(schema.log_id) == name
    assert await empty.read(schema.revision_of) == schema.REVISION


async def test_a_newer_database_is_refused_with_the_fix(empty):
    """An older program must not write what it does not understand."""
    await empty.write(schema.prepare)
    await empty.write(bulk.run, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(ConflictError, match="Upgrade Peninsula"):
        await empty.write(schema.prepare)


async def test_an_older_database_is_migrated_when_it_is_opened(empty):
    """What is in it stays, and it is then like a new one."""
    await empty.write(upgrade, "0001")
    await empty.write(schema.first_rows)
    name = await empty.read(schema.log_id)
    await empty.write(schema.prepare)
    assert await empty.read(schema.revision_of) == schema.REVISION
    assert await empty.read(schema.log_id) == name
