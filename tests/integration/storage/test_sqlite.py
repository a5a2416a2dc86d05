"""What is SQLite's own: the file it leaves behind."""

from __future__ import annotations

import pytest

from tests.support.make import Teller, history

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_stopped_database_is_one_file(store, random, tmp_path):
    """Whoever copies it after the server's end copies all of it."""
    teller = Teller()
    history(random, teller)
    await store.take(teller.batch())
    await store.rows("SELECT 1")
    store.database.stop()
    assert [path.name for path in tmp_path.glob("peninsula.db*")] == ["peninsula.db"]
