"""Keep named bytes wherever fsspec reaches."""

from __future__ import annotations

from typing import Final

from peninsula.core.errors import InvalidError, UnavailableError
from peninsula.sdk.results.storage_paths import ELSEWHERE, checked_key, name_aside, unavailable

__all__ = ["Remote"]


class Remote:
    """A folder of any file system that fsspec knows: `s3://bucket/results`, `memory://results`.

    Where that has folders, what cannot be where its key says lies aside, as in a `Folder`.
    """

    def __init__(self, url: str) -> None:
        """Take the URL. Raises InvalidError for a chain, and if fsspec has no such scheme."""
        import fsspec  # noqa: PLC0415  weight

        self._scheme = url.partition("://")[0]
        if "::" in url:
            msg = (
                f"The result storage {self._scheme}://… is a chain of file systems (`::`)."
                " Give the URL of the one that keeps the results, like s3://bucket/results."
            )
            raise InvalidError(msg)
        try:
            self._files, self._root = fsspec.url_to_fs(url)
        except (ImportError, ValueError) as problem:
            msg = f"The result storage {self._scheme}:// cannot be used: {problem}"
            raise InvalidError(msg) from None

    def read(self, key: str) -> bytes | None:
        """Return the object's content."""
        for path in self._places(key):
            try:
                data: bytes = self._files.cat_file(path)
            except Exception as problem:
                if self._is_elsewhere(path, problem):
                    continue
                raise self._unavailable(path, "read", problem) from problem
            return data
        return None

    def write(self, key: str, data: bytes) -> None:
        """Write the object. Stores of objects show it whole or not at all."""
        path, *aside = self._places(key)
        try:
            try:
                self._put(path, data)
            except Exception:
                if not (aside and self._is_taken(key)):
                    raise
                self._put(aside[0], data)
            else:
                self._remove(aside)  # what was there before is not found again
        except Exception as problem:
            raise self._unavailable(path, "written", problem) from problem

    def _put(self, path: str, data: bytes) -> None:
        self._files.makedirs(self._files._parent(path), exist_ok=True)  # noqa: SLF001  fsspec's way
        self._files.pipe_file(path, data)

    def remove(self, key: str) -> None:
        """Remove the object."""
        self._remove(self._places(key))

    def _remove(self, paths: list[str]) -> None:
        for path in paths:
            try:
                self._files.rm_file(path)
            except Exception as problem:
                if not self._is_elsewhere(path, problem):
                    raise self._unavailable(path, "removed", problem) from problem

    def uri(self, key: str) -> str:
        """Return the URL."""
        path, *aside = self._places(key)
        return self._url(aside[0] if aside and self._is_taken(key) else path)

    def _url(self, path: str) -> str:
        return f"{self._scheme}://{path.lstrip('/')}"

    def _places(self, key: str) -> list[str]:
        """Return where the object may be: at its own place first."""
        names = [checked_key(key)]
        if self._scheme not in _FLAT:
            names.append(name_aside(key))
        return [f"{self._root.rstrip('/')}/{name}" for name in names]

    def _is_taken(self, key: str) -> bool:
        """Tell whether a folder is at the key's place, or what would be its folder is a file."""
        path, above = self._places(key)[0], key.split("/")[:-1]
        files = ["/".join(above[: count + 1]) for count in range(len(above))]
        return self._files.isdir(path) or any(
            self._files.isfile(self._places(each)[0]) for each in files
        )

    def _is_elsewhere(self, path: str, problem: Exception) -> bool:
        # What a store says of a folder that is no file differs from store to store.
        return isinstance(problem, ELSEWHERE) or self._files.isdir(path)

    def _unavailable(self, path: str, done: str, problem: Exception) -> UnavailableError:
        return unavailable(f"The result {self._url(path)} cannot be {done}", problem)


_FLAT: Final = frozenset({"s3", "s3a", "gs", "gcs"})
"""Stores of objects only: no key is in another's way, and each look costs a request."""
