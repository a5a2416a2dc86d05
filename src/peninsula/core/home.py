"""Name what lies in PENINSULA_HOME. docs/architecture.md draws it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote
from uuid import UUID

from msgspec import Struct

__all__ = ["Home", "ServerNote"]


class Home(Struct, frozen=True):
    """The paths of one home."""

    path: Path

    @property
    def config(self) -> Path:
        """Settings, as TOML."""
        return self.path / "config.toml"

    @property
    def token(self) -> Path:
        """The key that SDK, CLI and page of this machine use by themselves."""
        return self.path / "token"

    @property
    def way_in(self) -> Path:
        """What a browser opens to be logged in: `peninsula server open` writes it."""
        return self.path / "open.html"

    @property
    def server_lock(self) -> Path:
        """Locked by whoever writes the local database."""
        return self.path / "server.lock"

    @property
    def server_note(self) -> Path:
        """Where the holder of the lock serves HTTP: a `ServerNote`."""
        return self.path / "server.json"

    @property
    def demo_note(self) -> Path:
        """What is known of the demo in this home, where it is one."""
        return self.path / "demo.json"

    @property
    def journals(self) -> Path:
        """A folder for each emitter whose records may be on their way."""
        return self.path / "journal"

    @property
    def kept(self) -> Path:
        """The journals that a server has whole, kept for a while."""
        return self.path / "kept"

    @property
    def rejected(self) -> Path:
        """Records that a server refused, a file for each emitter."""
        return self.path / "rejected"

    @property
    def results(self) -> Path:
        """What runs returned, where they are to be kept and no other place is set."""
        return self.path / "results"

    @property
    def workers(self) -> Path:
        """A folder for each worker: which processes it has started, and what they print."""
        return self.path / "workers"

    def served(self, server: str | None) -> Path:
        """Return where programs that serve deployments of a server have a folder each.

        In it stands which processes they have started, and what these print.
        """
        return self.path / "served" / (quote(server, safe="") if server else "here")

    @property
    def locks(self) -> Path:
        """Files that runs lock, which one at a time may make a result."""
        return self.path / "locks"


class ServerNote(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What server.json says."""

    url: str | None = None
    pid: int | None = None
    log_id: UUID | None = None
