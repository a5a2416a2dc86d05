"""Which database an address is of, and who one is there."""

from __future__ import annotations

import pytest

from peninsula.core.errors import InvalidError
from peninsula.server.storage.engines import open_database


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("postgres://db/p", "postgresql+psycopg://db/p"),
        ("postgresql://etl:a%2Fb@db:5432/p", "postgresql+psycopg://etl:a%2Fb@db:5432/p"),
        ("postgresql://etl:a@b@db/p", "postgresql+psycopg://etl:a%40b@db/p"),
        (
            "postgresql://etl:a/b@db/p?sslmode=require",
            "postgresql+psycopg://etl:a%2Fb@db/p?sslmode=require",
        ),
    ],
)
def test_an_address_has_its_password_quoted(given, url):
    """Else a part of it would be taken for the host, and be told as that."""
    assert open_database(given).url == url


@pytest.mark.parametrize(
    "url", ["postgresql://etl:a/pw@b@db/p", "postgresql://etl:1/pw@db/p", "postgres://db:pw/p"]
)
def test_an_address_that_is_none_is_refused_without_its_password(url):
    """With the setting and the fix."""
    with pytest.raises(InvalidError, match="database_url") as caught:
        open_database(url)
    assert "pw" not in str(caught.value)
