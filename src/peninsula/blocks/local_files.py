"""A folder of the machine that a flow runs on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from peninsula.blocks.stored_files import StoredFiles
from peninsula.core.errors import InvalidError

__all__ = ["LocalFileSystem"]


class LocalFileSystem(StoredFiles):
    """A folder of the machine that a flow runs on. Paths stay within it.

    Methods have an `a…` form for coroutines: `await folder.aread_path("a.csv")`.

    >>> LocalFileSystem(basepath="~/lake").write_path("raw/a.csv", b"…")
    """

    _block_type_name = "Local File System"
    _block_type_slug = "local-file-system"

    basepath: str | None = None
    """The folder; by default the current one."""

    def _open(self) -> Any:
        import fsspec  # noqa: PLC0415  weight

        return fsspec.filesystem("file")

    def _root(self) -> str:
        return Path(self.basepath or ".").expanduser().resolve().as_posix()

    def _base(self) -> str:
        return "file://"

    def _place(self, path: str | Path) -> str:
        place = super()._place(Path(path).expanduser())
        if not Path(place).resolve().is_relative_to(self._root()):
            # A link leads out of it.
            msg = f"The path {str(path)!r} is outside of {self._root()}. Give one within it."
            raise InvalidError(msg)
        return place
