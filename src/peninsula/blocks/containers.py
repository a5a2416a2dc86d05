"""Containers of objects: what buckets of Google and containers of Azure have in common."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any, ClassVar

from peninsula.blocks.awaiting import awaited
from peninsula.blocks.stored_files import CHUNK, StoredFiles
from peninsula.sdk.outside.around import moved

__all__ = ["Container"]


class Container(StoredFiles):
    """Objects by their keys. A class below says where."""

    _has_folders: ClassVar[bool] = False

    def list_blobs(self, folder: str = "") -> list[dict[str, Any]]:
        """Return what fsspec knows of each object in a folder and below: `name`, `size`, …."""
        with self._at(folder) as place:
            found = [*self._below(place).values()]
        moved(rows=len(found))
        return found

    def download_object_to_path(self, from_path: str, to_path: str | Path | None = None) -> Path:
        """Write an object to a file, by default one of its name here; return the file's path."""
        with self._at(from_path) as place:
            path = Path(to_path or Path(place).name).expanduser().absolute()
            path.parent.mkdir(parents=True, exist_ok=True)
            self._files().get_file(place, str(path))
        moved(bytes=path.stat().st_size)
        return path

    def download_object_to_file_object(
        self, from_path: str, to_file_object: IO[bytes]
    ) -> IO[bytes]:
        """Write an object to a file that is open in binary mode, and return the file."""
        for part in self.stream_path(from_path):
            to_file_object.write(part)
        return to_file_object

    def download_folder_to_path(
        self, from_folder: str, to_folder: str | Path | None = None
    ) -> Path:
        """Write the objects of a folder and below to a local one, by default the current one."""
        return self.get_directory(from_folder, to_folder)

    def upload_from_path(self, from_path: str | Path, to_path: str | None = None) -> str:
        """Write a file to an object, by default one of its name, and return where that is."""
        source = Path(from_path).expanduser()
        with self._at(to_path or source.name) as place:
            self._files().put_file(str(source), place)
        moved(bytes=source.stat().st_size)
        return place

    def upload_from_file_object(self, from_file_object: IO[bytes], to_path: str) -> str:
        """Write what is left of a file that is open in binary mode; return where the object is."""
        with self._at(to_path) as place, self._files().open(place, "wb") as target:
            while part := from_file_object.read(CHUNK):
                target.write(part)
                moved(bytes=len(part))
        return place

    def upload_from_folder(self, from_folder: str | Path, to_folder: str = "") -> str:
        """Write the files of a local folder and below to a folder; return where that is."""
        with self._at(to_folder) as place:
            self.put_directory(from_folder, to_folder)
        return place

    # --- for coroutines --------------------------------------------------------------------------

    alist_blobs = awaited(list_blobs)
    adownload_object_to_path = awaited(download_object_to_path)
    adownload_object_to_file_object = awaited(download_object_to_file_object)
    adownload_folder_to_path = awaited(download_folder_to_path)
    aupload_from_path = awaited(upload_from_path)
    aupload_from_file_object = awaited(upload_from_file_object)
    aupload_from_folder = awaited(upload_from_folder)
