"""Keys in a file that several servers use."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from peninsula.core.errors import UnavailableError
from peninsula.core.settings import Settings
from peninsula.server import keyring, lock
from peninsula.server.config import configure
from peninsula.server.keyring import Keyring

SERVERS = 8


def server(folder: Path) -> Keyring:
    """The keys of one of several servers on one file."""
    return Keyring(configure(Settings(encryption_key_file=str(folder / "keys"))))


def test_servers_that_want_a_key_at_once_get_the_same(tmp_path: Path):
    """The first one, and one that a rotation puts before it."""
    servers = [server(tmp_path) for _ in range(SERVERS)]
    for count in (1, 2):
        known = [each.ring() for each in servers]
        with ThreadPoolExecutor(SERVERS) as threads:
            made = list(threads.map(Keyring.make, servers, known))
        assert {ring.keys for ring in made} == {server(tmp_path).ring().keys}
        assert len(made[0].keys) == count


def test_a_file_that_stays_locked_is_an_error_with_the_fix(tmp_path: Path, monkeypatch):
    """Nothing is written without the lock."""
    monkeypatch.setattr(keyring, "WAIT", 0.0)
    held = lock.try_lock(tmp_path / "keys.lock")
    assert held is not None
    with pytest.raises(UnavailableError, match="fuser"):
        server(tmp_path).make(server(tmp_path).ring())
    assert server(tmp_path).ring().keys == ()
    os.close(held)
