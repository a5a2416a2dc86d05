"""The built pages: the files that a browser is given, as they lie in the package."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Final

from msgspec import Struct

__all__ = ["BUILT", "PageFile", "Pages", "built_pages"]

BUILT: Final = Path(__file__).parents[1] / "static"
"""Where `make ui` and the building of a wheel put them."""

ASSETS: Final = "assets/"
"""Names in there carry a hash of the content, so what has such a name never changes."""

MEDIA: Final = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".md": "text/markdown",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}


class PageFile(Struct, frozen=True, kw_only=True):
    """A file for browsers."""

    content: bytes
    gzipped: bytes | None
    """None where compressing would not pay."""
    media: str
    etag: str
    immutable: bool


class Pages(Struct, frozen=True, kw_only=True):
    """All of them, by path."""

    files: dict[str, PageFile]

    def find(self, path: str) -> PageFile | None:
        """Return what a path shows: its file, else the application, which has pages by itself."""
        name = path.strip("/")
        known = self.files.get(name)
        if known is not None or name.startswith(ASSETS):
            return known
        return self.files["index.html"]


def built_pages() -> Pages | None:
    """Return the pages as they are built now; None where they are not."""
    try:
        built = (BUILT / "index.html").stat().st_mtime_ns
    except FileNotFoundError:
        return None
    return _read(BUILT, built)


@lru_cache(maxsize=1)
def _read(folder: Path, built: int) -> Pages:  # noqa: ARG001  built anew, they are read anew
    names = [path for path in folder.rglob("*") if path.suffix in MEDIA]
    return Pages(files={path.relative_to(folder).as_posix(): _file(path, folder) for path in names})


def _file(path: Path, folder: Path) -> PageFile:
    content = path.read_bytes()
    squeezed = path.with_name(f"{path.name}.gz")
    return PageFile(
        content=content,
        gzipped=squeezed.read_bytes() if squeezed.exists() else None,
        media=MEDIA[path.suffix],
        etag=f'"{hashlib.sha256(content).hexdigest()[:32]}"',
        immutable=path.relative_to(folder).as_posix().startswith(ASSETS),
    )
