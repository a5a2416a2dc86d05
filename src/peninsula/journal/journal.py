"""A journal: the folder of one emitter, with its lock, its header and its segments."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct

from peninsula.core import codec
from peninsula.core.records import Process
from peninsula.journal.home import write_whole
from peninsula.journal.segments import segments, tail_of

__all__ = ["Header", "Journal", "Shipped"]

FORMAT: Final = 1
"""Version of the folder's content. What is newer is left to a newer Peninsula."""


class Header(Struct, frozen=True, kw_only=True):
    """What header.json says."""

    format: int = FORMAT
    destination: str | None
    """Address of the server it is for; None is the server of this home."""
    process: Process


class Shipped(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What shipped.json says. A hint: what counts is the server's own number."""

    log_id: UUID
    number: int
    closed: bool = False
    """The server was told that nothing follows."""


class Journal(Struct, frozen=True):
    """A journal that lies in a home."""

    folder: Path
    header: Header

    @classmethod
    def open(cls, folder: Path) -> Journal | None:
        """Return the journal in that folder, None if it is not one that can be read."""
        try:
            header = msgspec.json.decode((folder / "header.json").read_bytes(), type=Header)
        except (OSError, msgspec.MsgspecError):
            return None
        return cls(folder, header) if header.format <= FORMAT else None

    @property
    def emitter(self) -> UUID:
        """Whose it is."""
        return self.header.process.emitter

    @property
    def lock(self) -> Path:
        """The file that the living process holds."""
        return self.folder / "lock"

    @property
    def calls(self) -> Path:
        """The file of what is under way and not told; it is there as long as there may be some."""
        return self.folder / "calls"

    def last(self) -> int:
        """Return the number of the last whole record, 0 if there is none."""
        found = segments(self.folder)
        return tail_of(found[-1]).number - 1 if found else 0

    def shipped(self) -> Shipped | None:
        """Return what is known to be on a server."""
        try:
            return msgspec.json.decode((self.folder / "shipped.json").read_bytes(), type=Shipped)
        except (OSError, msgspec.MsgspecError):
            return None

    def note(self, shipped: Shipped) -> None:
        """Remember what is on a server. Raises OSError."""
        write_whole(self.folder / "shipped.json", codec.encode(shipped))
