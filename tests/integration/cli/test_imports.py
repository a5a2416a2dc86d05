"""What commands import: start-up time, held by names of modules and not by the clock."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.integration.cli.conftest import Told

SERVER = {"litestar", "sqlalchemy", "uvicorn", "alembic", "pydantic"}


def imported(*arguments: str) -> set[str]:
    """The modules in memory when a command has ended."""
    code = (
        "import sys; from peninsula.cli.main import main; "
        f"code = main({list(arguments)!r}); "
        "print(*sys.modules, file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("version",), ("flow-run", "--help"), ("run", "--help"), ("server", "--help")],
)
def test_help_imports_next_to_nothing(arguments: tuple[str, ...]):
    """No HTTP client, no rich, no engine, and nothing of the server."""
    heavy = {"httpx", "rich.console", "rich.live", "peninsula.sdk.running.engine", *SERVER}
    assert imported(*arguments) & heavy == set()


def test_help_loads_only_the_noun_that_is_asked_for():
    """Eight nouns are eight modules."""
    loaded = {name for name in imported("config", "--help") if name.startswith("peninsula.cli.")}
    assert "peninsula.cli.config" in loaded
    assert not loaded & {"peninsula.cli.flow_run", "peninsula.cli.event", "peninsula.cli.server"}


def test_asking_a_server_imports_no_server(told: Told, monkeypatch: pytest.MonkeyPatch):
    """The client is enough. JSON needs no rich either: but httpx brings it, for its own CLI."""
    monkeypatch.setenv("PENINSULA_HOME", str(told.server.home))
    loaded = imported("flow-run", "ls")
    assert "httpx" in loaded
    assert loaded & {*SERVER, "peninsula.sdk", "peninsula.journal", "peninsula.server"} == set()
