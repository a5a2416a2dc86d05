"""Say where things lie: keys of objects, and the files that they are on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from peninsula.core.errors import InvalidError
from peninsula.sdk.outside.around import touches

__all__ = ["apart", "at", "below", "files_in", "key_in", "name_in", "prefix_in", "uri_of"]


def key_in(folder: str, path: str) -> str:
    """Return the key of a path in a folder of a store; one that begins with it is in it already."""
    folder = folder.strip("/")
    if not folder or path.startswith(f"{folder}/"):
        return path
    return f"{folder}/{path.lstrip('/')}"


def prefix_in(folder: str, path: str) -> str:
    """Return what the keys of all in a folder begin with: nothing, or something and a slash."""
    plain = path.strip("/")
    key = key_in(folder, f"{plain}/" if plain else "").strip("/")
    return f"{key}/" if key else ""


def uri_of(system: str, key: str) -> str:
    """Return the address of an object. A key is no URL, so it is quoted: `s3://lake/a%3Fb`."""
    return f"{system}/{quote(key, errors='surrogateescape')}" if key else system


@contextmanager
def at(uri: str) -> Iterator[None]:
    """Have the call under way go to an address, and an error name it."""
    touches(uri)
    try:
        yield
    except Exception as error:
        name_in(error, uri)
        raise


def name_in(error: Exception, uri: str) -> None:
    """Have an error name what it is about, once: few libraries say of which object they speak."""
    note = f"It was about {uri}."
    if note not in vars(error).get("__notes__", ()):  # a `__getattr__` may raise anything
        error.add_note(note)


def apart(source: str, target: str) -> None:
    """Raise InvalidError if these are one address: what is moved onto itself would be deleted."""
    if source == target:
        msg = f"{source} is where it goes to as well. Give another path for one of them."
        raise InvalidError(msg)


def below(folder: Path, name: str) -> Path:
    """Return the file of that name in a local folder, which is made. Raises InvalidError.

    Keys of others may hold `..` or be absolute: nothing is written beside the folder.
    """
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        msg = (
            f"The object {name!r} would lie outside of the folder {folder}. Download it by itself."
        )
        raise InvalidError(msg)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def files_in(folder: str | Path) -> Iterator[tuple[Path, str]]:
    """Give the files in a local folder and below, each with its path in it. Raises InvalidError."""
    root = Path(folder).expanduser()
    if not root.is_dir():
        msg = f"{root} is no folder. Name one, or give a single file to upload_from_path."
        raise InvalidError(msg)
    for path in sorted(root.rglob("*")):
        if path.is_file():
            yield path, path.relative_to(root).as_posix()
