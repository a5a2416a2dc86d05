"""Keep named bytes: in a folder, or wherever fsspec reaches."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Protocol
from uuid import uuid4

from peninsula.core.errors import InvalidError, UnavailableError
from peninsula.sdk.digests import digest

__all__ = ["Folder", "Remote", "Storage", "checked_key", "name_for", "open_storage"]

LONGEST_KEY: Final = 1_024
LONGEST_PART: Final = 200
"""Bytes of one name in a key; file systems take 255."""

ASIDE: Final = ".aside"
"""Folder of what cannot be where its key says. No key begins with it."""


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
            except _ELSEWHERE:
                continue
            except OSError as problem:
                raise _unavailable(f"The result {path} cannot be read", problem) from problem
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
            raise _unavailable(f"The result {path} cannot be written", problem) from problem

    def remove(self, key: str) -> None:
        """Remove the file."""
        for path in (self._path(key), self._aside(key)):
            try:
                path.unlink()
            except _ELSEWHERE:
                continue
            except OSError as problem:
                if path.is_dir():  # some systems say so by another error
                    continue
                raise _unavailable(f"The result {path} cannot be removed", problem) from problem

    def uri(self, key: str) -> str:
        """Return `file:///…`."""
        path = self._path(key)
        above = path.relative_to(self.path).parents
        taken = path.is_dir() or any((self.path / each).is_file() for each in above)
        return f"file://{self._aside(key) if taken else path}"

    def _path(self, key: str) -> Path:
        return self.path / checked_key(key)

    def _aside(self, key: str) -> Path:
        return self.path / ASIDE / digest(key)


_ELSEWHERE: Final = (FileNotFoundError, NotADirectoryError, IsADirectoryError)
"""A file is not at this place: nothing is, or a folder, or what would be its folder is a file."""

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


class Remote:
    """A folder of any file system that fsspec knows: `s3://bucket/results`, `memory://results`."""

    def __init__(self, url: str) -> None:
        """Take the URL. Raises InvalidError if fsspec has nothing for its scheme."""
        import fsspec  # noqa: PLC0415  weight

        try:
            self._files, self._root = fsspec.url_to_fs(url)
        except (ImportError, ValueError) as problem:
            msg = f"The result storage {url.partition('://')[0]}:// cannot be used: {problem}"
            raise InvalidError(msg) from None
        self._scheme = url.partition("://")[0]

    def read(self, key: str) -> bytes | None:
        """Return the object's content."""
        try:
            data: bytes = self._files.cat_file(self._path(key))
        except FileNotFoundError:
            return None
        except Exception as problem:
            raise _unavailable(f"The result {self.uri(key)} cannot be read", problem) from problem
        return data

    def write(self, key: str, data: bytes) -> None:
        """Write the object. Stores of objects show it whole or not at all."""
        path = self._path(key)
        try:
            self._files.makedirs(self._files._parent(path), exist_ok=True)  # noqa: SLF001  fsspec's way
            self._files.pipe_file(path, data)
        except Exception as problem:
            raise _unavailable(
                f"The result {self.uri(key)} cannot be written", problem
            ) from problem

    def remove(self, key: str) -> None:
        """Remove the object."""
        with suppress(FileNotFoundError):
            self._files.rm_file(self._path(key))

    def uri(self, key: str) -> str:
        """Return the URL."""
        return f"{self._scheme}://{self._path(key).lstrip('/')}"

    def _path(self, key: str) -> str:
        return f"{self._root.rstrip('/')}/{checked_key(key)}"


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


def name_for(key: str) -> str:
    """Return the key, or its digest where it can be no name: a URL, an absolute path, a page."""
    return key if _is_name(key) else digest(key)


def checked_key(key: str) -> str:
    """Return a key that stays below its folder. Raises InvalidError for any other."""
    if not _is_name(key):
        msg = f"{key[:100]!r} is no key of a result. Give short names with / between: day/orders."
        raise InvalidError(msg)
    return key


def _is_name(key: str) -> bool:
    parts = key.split("/")
    return (
        len(key) <= LONGEST_KEY
        and key.isprintable()
        and not {"", ".", ".."} & set(parts)
        and parts[0] != ASIDE
        and all(len(part.encode()) <= LONGEST_PART for part in parts)
    )


def _unavailable(what: str, problem: Exception) -> UnavailableError:
    reason = problem.strerror if isinstance(problem, OSError) and problem.strerror else problem
    return UnavailableError(f"{what}: {reason}.")
