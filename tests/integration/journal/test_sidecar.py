"""A sidecar ships what the process beside it has left, and ends with it."""

from __future__ import annotations

import asyncio
import signal
from threading import Event

import pytest

from peninsula.client.api import open_api
from peninsula.client.configuration import read_settings
from peninsula.client.destination import destination
from peninsula.client.port import Port
from peninsula.core.errors import InvalidError
from peninsula.core.home import Home
from peninsula.journal import sidecar

KILLED = """
import os, signal
from peninsula.events import emit_event
emit_event("left.one", {"peninsula.resource.id": "s3://lake"})
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def beside(server, home, tmp_path, monkeypatch):
    """The settings and the port of a sidecar, in a home of its own."""
    monkeypatch.setenv("PENINSULA_API_URL", server.url)
    monkeypatch.setenv("PENINSULA_API_KEY", Home(home).token.read_text().strip())
    monkeypatch.setenv("PENINSULA_HOME", str(tmp_path / "beside"))
    monkeypatch.setattr(sidecar, "LOOK", 0.05)
    monkeypatch.setattr(sidecar, "REASON", 0.0)
    settings = read_settings()
    port = Port(lambda: destination(settings, Home(tmp_path / "beside")), 10.0)
    yield settings, port
    port.leave()


def test_a_sidecar_ships_what_a_killed_process_left(beside, run_script):
    """And ends when nothing is left."""
    settings, port = beside
    program = run_script(KILLED)
    assert program.wait() == -signal.SIGKILL
    sidecar.ship(settings, port, Event())
    found = asyncio.run(_events(settings))
    assert [each.resource.id for each in found if each.event == "left.one"] == ["s3://lake"]


async def _events(settings):
    async with open_api(settings) as api:
        return (await api.events()).items


def test_a_sidecar_ends_when_it_is_told_to(beside):
    """Also where no process has begun."""
    settings, port = beside
    told = Event()
    told.set()
    sidecar.ship(settings, port, told)


def test_a_sidecar_needs_a_server(home):
    """It says which setting names it."""
    with pytest.raises(InvalidError, match="PENINSULA_API_URL"):
        sidecar.ship(read_settings(), None, Event())
