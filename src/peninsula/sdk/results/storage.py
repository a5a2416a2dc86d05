"""Keep named bytes: in a folder, or wherever fsspec reaches."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Protocol
from uuid import uuid4

from peninsula.core.errors import InvalidError
from peninsula.sdk.results.remote_storage import Remote
from peninsula.sdk.results.storage_paths import ELSEWHERE, checked_key, name_aside, unavailable

__all__ = ["Folder", "Storage", "open_storage"]


class Storage(Protocol):
    """Keeps bytes under keys; a key with `/` is in a folder."""

    def read(self, key: str) -> bytes | None:
        """Return what is kept, None if nothing is. Raises UnavailableError."""

    def write(self, key: str, data: bytes) -> None:
        """Keep the bytes, in the place of what was there: all of them or none.

        Raises UnavailableError.
        """

    def remove(self, key: str) -> None:
        """Forget what is kept, if anything is. Raises UnavailableError."""

    def uri(self, key: str) -> str:
        """Return where the bytes are."""


class Folder:
    """A folder of this machine.

    A file lies where its key says: `day/orders` in the folder `day`. Where that cannot be, as
    there is a file `day`, it lies aside, under its digest.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().absolute()

    def read(self, key: str) -> bytes | None:
        """Return the file's content."""
        for path in (self._path(key), self._aside(key)):
            try:
                return path.read_bytes()
            except ELSEWHERE:
                continue
            except OSError as problem:
                raise unavailable(f"The result {path} cannot be read", problem) from problem
        return None

    def write(self, key: str, data: bytes) -> None:
        """Write the file beside its place and move it there, so that nobody reads half of it."""
        path, aside = self._path(key), self._aside(key)
        try:
            try:
                _replace(path, data)
            except _TAKEN:
                _replace(aside, data)
            else:
                aside.unlink(missing_ok=True)  # what was there before is not found again
        except OSError as problem:
            raise unavailable(f"The result {path} cannot be written", problem) from problem

    def remove(self, key: str) -> None:
        """Remove the file."""
        for path in (self._path(key), self._aside(key)):
            try:
                path.unlink()
            except ELSEWHERE:
                continue
            except OSError as problem:
                if path.is_dir():  # some systems say so by another error
                    continue
                raise unavailable(f"The result {path} cannot be removed", problem) from problem

    def uri(self, key: str) -> str:
        """Return `file:///…`."""
        path = self._path(key)
        above = path.relative_to(self.path).parents
        taken = path.is_dir() or any((self.path / each).is_file() for each in above)
        return f"file://{self._aside(key) if taken else path}"

    def _path(self, key: str) -> Path:
        return self.path / checked_key(key)

    def _aside(self, key: str) -> Path:
        return self.path / name_aside(key)


_TAKEN: Final = (NotADirectoryError, IsADirectoryError, FileExistsError)
"""A file cannot be at this place."""


def _replace(path: Path, data: bytes) -> None:
    partial = path.with_name(f".{path.name[:100]}.{uuid4().hex}")
    try:
        try:
            partial.write_bytes(data)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            partial.write_bytes(data)
        partial.replace(path)
    except OSError:
        with suppress(OSError):
            partial.unlink()
        raise


def open_storage(where: Any) -> Storage:
    """Return the storage at a path or URL; one that is made already is returned as it is.

    Raises InvalidError for what is none.
    """
    if isinstance(where, os.PathLike):
        return Folder(Path(where))
    if isinstance(where, str):
        scheme, found, rest = where.partition("://")
        if not found:
            return Folder(Path(where))
        return Folder(Path(rest)) if scheme in {"file", "local"} else Remote(where)
    if all(hasattr(where, each) for each in ("read", "write", "remove", "uri")):
        storage: Storage = where
        return storage
    msg = f"The result storage is {where!r}. Give a path or a URL like s3://bucket/results."
    raise InvalidError(msg)
