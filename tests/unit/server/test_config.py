"""What settings come to for a server, and which of them do not fit."""

from __future__ import annotations

import pytest
from msgspec import structs

from peninsula.core.errors import InvalidError
from peninsula.core.settings import Settings
from peninsula.server.config import configure


def configured(**settings):
    """The configuration of these settings."""
    return configure(structs.replace(Settings(), **settings))


def test_the_database_is_in_the_home_where_none_is_named(tmp_path):
    """An absolute path, whatever the working directory will be."""
    config = configured(home=str(tmp_path))
    assert config.database_url == f"sqlite:///{tmp_path}/peninsula.db"
    assert configured(database_url="postgresql://db/p").database_url == "postgresql://db/p"


def test_it_answers_to_loopback_its_own_names_and_those_that_are_allowed():
    """In lower case, as names are compared."""
    hosts = configured(server_host="data.example.com", allowed_hosts=("P.example.com",)).hosts
    assert {"localhost", "127.0.0.1", "::1", "data.example.com", "p.example.com"} <= hosts


@pytest.mark.parametrize(
    "origin",
    ["data.example.com", "ftp://x", "https://x/path", "https://[x", "https://a:b@x", "", "*"],
)
def test_an_origin_that_is_none_is_refused(origin):
    """It is a scheme and a host, and nothing else."""
    with pytest.raises(InvalidError, match=r"https://data\.example\.com"):
        configured(allowed_origins=(origin,))


def test_tls_needs_a_certificate_and_its_key(tmp_path):
    """One without the other, or a file that is not there, is refused."""
    (tmp_path / "cert.pem").touch()
    (tmp_path / "key.pem").touch()
    both = {
        "server_tls_cert": str(tmp_path / "cert.pem"),
        "server_tls_key": str(tmp_path / "key.pem"),
    }
    assert configured(**both).secure
    for name, path in both.items():
        with pytest.raises(InvalidError, match="needs both"):
            configured(**{name: path})
    with pytest.raises(InvalidError, match="is no file"):
        configured(**both | {"server_tls_key": "/no/such/key.pem"})
