"""Files wherever fsspec reaches: what its blocks have in common."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, ClassVar, Final
from urllib.parse import quote

from pydantic import PrivateAttr

from peninsula.blocks.awaiting import awaited
from peninsula.blocks.base import Block
from peninsula.blocks.kept import Kept
from peninsula.blocks.paths import apart, at, below, files_in
from peninsula.core.errors import InvalidError
from peninsula.sdk.outside.around import moved

__all__ = ["StoredFiles"]

CHUNK: Final = 1024 * 1024
"""Bytes that are read at a time, by default."""


class StoredFiles(Block):
    """Files in a folder of a file system of fsspec. A class below says which."""

    _has_folders: ClassVar[bool] = True
    """Whether a folder must be there before there is a file in it."""

    _opened: Kept[Any] = PrivateAttr(default_factory=Kept)

    # --- what a class below says -----------------------------------------------------------------

    def _open(self) -> Any:
        """Return a new file system of fsspec."""
        raise NotImplementedError

    def _root(self) -> str:
        """Return the folder of the block, as the file system names it: `bucket/folder`."""
        raise NotImplementedError

    def _base(self) -> str:
        """Return the address that paths of the file system stand behind: `gs://`."""
        raise NotImplementedError

    # --- where things are ------------------------------------------------------------------------

    def _system(self) -> str:
        return self._uri(self._root())

    def _files(self) -> Any:
        return self._opened.get(self.model_dump(), self._open)

    def _uri(self, place: str) -> str:
        return f"{self._base()}{quote(place)}"

    def _place(self, path: str | Path) -> str:
        """Return a path as the file system names it. Raises InvalidError outside of the folder."""
        given, root = str(path), self._root().rstrip("/")
        # Paths that the block has returned are whole.
        name = given[len(root) + 1 :] if f"{given}/".startswith(f"{root}/") else given
        parts = [part for part in name.split("/") if part not in {"", "."}]
        if ".." in parts or (self._has_folders and name.startswith("/")):
            msg = f"The path {given!r} is outside of {self._system()}. Give one within it."
            raise InvalidError(msg)
        return "/".join([root, *parts])

    @contextmanager
    def _at(self, path: str | Path) -> Iterator[str]:
        """Give a path's place, have the call go there, and an error name it."""
        place = self._place(path)
        with at(self._uri(place)):
            yield place

    def _put(self, place: str, write: Any) -> None:
        if self._has_folders:
            self._files().makedirs(place.rpartition("/")[0], exist_ok=True)
        write(place)

    def _below(self, place: str) -> dict[str, dict[str, Any]]:
        """Return what is known of the files in a folder and below, by their paths in it."""
        # fsspec remembers what it has listed, and other processes write, too.
        self._files().invalidate_cache()
        found: dict[str, dict[str, Any]] = self._files().find(place, detail=True)
        prefix = f"{self._files()._strip_protocol(place).rstrip('/')}/"  # noqa: SLF001  fsspec's way
        return {name.removeprefix(prefix): facts for name, facts in sorted(found.items())}

    # --- whole files -----------------------------------------------------------------------------

    def read_path(self, path: str) -> bytes:
        """Return the content of a file."""
        with self._at(path) as place:
            content: bytes = self._files().cat_file(place)
        return content

    def write_path(self, path: str, content: bytes) -> str:
        """Write a file, the folders above it too, and return where it is."""
        with self._at(path) as place:
            self._put(place, lambda to: self._files().pipe_file(to, content))
        moved(bytes=len(content))
        return place

    def stream_path(self, path: str, chunk_size: int = CHUNK) -> Iterator[bytes]:
        """Give the content of a file in parts, for what is too large for memory."""
        with self._at(path) as place, self._files().open(place, "rb") as file:
            while part := file.read(chunk_size):
                moved(bytes=len(part))
                yield part

    def open_path(self, path: str, mode: str = "rb") -> IO[Any]:
        """Return an open file, to be closed by whoever asked. What it moves is not seen."""
        with self._at(path) as place:
            file: IO[Any] = self._files().open(place, mode)
        return file

    def list_paths(self, folder: str = "") -> list[str]:
        """Return the paths of all files in a folder and below, as the other methods take them."""
        prefix = f"{folder.strip('/')}/" if folder.strip("/") else ""
        with self._at(folder) as place:
            names = [f"{prefix}{name}" for name in self._below(place)]
        moved(rows=len(names))
        return names

    def copy_path(self, from_path: str, to_path: str) -> str:
        """Copy a file to another path, and return where the copy is."""
        with self._at(from_path) as source, self._at(to_path) as target:
            apart(self._uri(source), self._uri(target))
            self._put(target, lambda to: self._files().cp_file(source, to))
        return target

    def move_path(self, from_path: str, to_path: str) -> str:
        """Copy a file to another path and delete it where it was; return where it is now."""
        target = self.copy_path(from_path, to_path)
        self.delete_path(from_path)
        return target

    def delete_path(self, path: str) -> None:
        """Delete a file."""
        with self._at(path) as place:
            self._files().rm_file(place)

    # --- whole folders ---------------------------------------------------------------------------

    def get_directory(self, from_path: str = "", local_path: str | Path | None = None) -> Path:
        """Write all files of a folder and below to a local one, by default the current folder."""
        target = Path(local_path or ".").expanduser().absolute()
        with self._at(from_path) as place:
            for name, facts in self._below(place).items():
                path = below(target, name)
                self._files().get_file(facts["name"], str(path))
                moved(bytes=path.stat().st_size)
        return target

    def put_directory(self, local_path: str | Path = ".", to_path: str = "") -> int:
        """Write the files of a local folder and below to a folder; return how many they were."""
        count = 0
        with self._at(to_path) as place:
            for path, name in files_in(local_path):
                to = f"{place.rstrip('/')}/{name}"
                self._put(to, lambda to, path=path: self._files().put_file(str(path), to))
                moved(bytes=path.stat().st_size)
                count += 1
        return count

    # --- for coroutines --------------------------------------------------------------------------

    aread_path = awaited(read_path)
    awrite_path = awaited(write_path)
    alist_paths = awaited(list_paths)
    acopy_path = awaited(copy_path)
    amove_path = awaited(move_path)
    adelete_path = awaited(delete_path)
    aget_directory = awaited(get_directory)
    aput_directory = awaited(put_directory)
