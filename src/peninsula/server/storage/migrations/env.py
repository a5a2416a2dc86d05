"""What Alembic runs: the migrations, on the connection it was handed."""

from __future__ import annotations

from alembic import context

from peninsula.server.storage import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.metadata,
    # SQLite cannot alter most of a table: Alembic copies it instead.
    render_as_batch=True,
    transactional_ddl=False,
)
context.run_migrations()
