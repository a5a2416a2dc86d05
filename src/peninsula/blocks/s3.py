"""A bucket of S3, or of whatever speaks its language."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any, Final

from pydantic import Field, PrivateAttr

from peninsula.blocks.awaiting import awaited
from peninsula.blocks.aws import AwsCredentials
from peninsula.blocks.base import Block
from peninsula.blocks.kept import Kept
from peninsula.blocks.methods import unobserved
from peninsula.blocks.paths import apart, at, below, files_in, key_in, prefix_in, uri_of
from peninsula.sdk.outside.around import moved

__all__ = ["S3Bucket"]

CHUNK: Final = 1024 * 1024
"""Bytes that are read at a time, by default."""


class S3Bucket(Block):
    """A bucket of S3. Paths are keys, in the folder of the block if it has one.

    Methods have an `a…` form for coroutines: `await bucket.aread_path("raw/a.csv")`. Errors are
    those of boto3, with a note that names the object.

    >>> S3Bucket(bucket_name="lake").read_path("raw/orders.csv")
    """

    _block_type_name = "S3 Bucket"
    _block_type_slug = "s3-bucket"

    bucket_name: str
    credentials: AwsCredentials = Field(default_factory=AwsCredentials)
    bucket_folder: str = ""
    """Folder that paths are in. One that begins with it is a key already, as `write_path` returns
    it: of a folder of the same name within, write both, `raw/raw/orders.csv`."""

    _client: Kept[Any] = PrivateAttr(default_factory=Kept)

    def _system(self) -> str:
        return f"s3://{self.bucket_name}"

    def _s3(self) -> Any:
        return self._client.get(self.credentials.model_dump(), self.credentials.get_s3_client)

    def _key(self, path: str) -> str:
        return key_in(self.bucket_folder, path)

    def _uri(self, key: str) -> str:
        return uri_of(self._system(), key)

    @contextmanager
    def _at(self, key: str) -> Iterator[None]:
        with at(self._uri(key)):
            try:
                yield
            except Exception as error:
                if type(error).__name__ == "NoCredentialsError":  # of an extra
                    error.add_note(
                        "Give the block AwsCredentials with keys or a profile, or set"
                        " AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
                    )
                raise

    # --- whole objects ---------------------------------------------------------------------------

    def read_path(self, path: str) -> bytes:
        """Return the content of an object."""
        key = self._key(path)
        with self._at(key):
            found = self._s3().get_object(Bucket=self.bucket_name, Key=key)
            with closing(found["Body"]) as body:
                content: bytes = body.read()
        return content

    def write_path(self, path: str, content: bytes) -> str:
        """Write an object, and return its key."""
        key = self._key(path)
        with self._at(key):
            self._s3().put_object(Bucket=self.bucket_name, Key=key, Body=content)
        moved(bytes=len(content))
        return key

    def stream_path(self, path: str, chunk_size: int = CHUNK) -> Iterator[bytes]:
        """Give the content of an object in parts, for what is too large for memory."""
        key = self._key(path)
        with self._at(key):
            found = self._s3().get_object(Bucket=self.bucket_name, Key=key)
            with closing(found["Body"]) as body:
                for part in body.iter_chunks(chunk_size):
                    moved(bytes=len(part))
                    yield part

    # --- what is there ---------------------------------------------------------------------------

    def list_objects(
        self,
        folder: str = "",
        delimiter: str = "",
        page_size: int | None = None,
        max_items: int | None = None,
        jmespath_query: str | None = None,
    ) -> list[dict[str, Any]]:
        """Return what S3 says of each object in a folder and below: `Key`, `Size`, `ETag`, ….

        Args:
            folder: Folder in the block's own; all of that if empty.
            delimiter: `/` leaves out what is in folders below.
            page_size: Objects that one request asks for.
            max_items: Return no more than that.
            jmespath_query: Choose among them: ``Contents[?Size > `100`][]``.
        """
        prefix = prefix_in(self.bucket_folder, folder)
        with self._at(prefix):
            pages = (
                self._s3()
                .get_paginator("list_objects_v2")
                .paginate(
                    Bucket=self.bucket_name,
                    Prefix=prefix,
                    Delimiter=delimiter,
                    PaginationConfig={"PageSize": page_size, "MaxItems": max_items},
                )
            )
            found = (
                pages.search(jmespath_query)
                if jmespath_query
                else (each for page in pages for each in page.get("Contents", ()))
            )
            objects = [each for each in found if each is not None]
        moved(rows=len(objects))
        return objects

    # --- from and to files -----------------------------------------------------------------------

    def download_object_to_path(
        self, from_path: str, to_path: str | Path | None = None, **options: Any
    ) -> Path:
        """Write an object to a file, by default one of its name here, and return the file's path.

        Options are those of boto3's `download_file`.
        """
        key = self._key(from_path)
        path = Path(to_path or Path(key).name).expanduser().absolute()
        with self._at(key):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._s3().download_file(self.bucket_name, key, str(path), **options)
        moved(bytes=path.stat().st_size)
        return path

    def download_object_to_file_object(
        self, from_path: str, to_file_object: IO[bytes], **options: Any
    ) -> IO[bytes]:
        """Write an object to a file that is open in binary mode, and return the file.

        Options are those of boto3's `download_fileobj`.
        """
        key = self._key(from_path)
        # boto3 calls back in threads of its own, which know of no call.
        sizes: list[int] = []
        with self._at(key):
            self._s3().download_fileobj(
                self.bucket_name, key, to_file_object, Callback=sizes.append, **options
            )
        moved(bytes=sum(sizes))
        return to_file_object

    def download_folder_to_path(
        self, from_folder: str, to_folder: str | Path | None = None, **options: Any
    ) -> Path:
        """Write the objects of a folder and below to a local one, by default to the current folder.

        Options are those of boto3's `download_file`.
        """
        target = Path(to_folder or ".").expanduser().absolute()
        prefix = prefix_in(self.bucket_folder, from_folder)
        with self._at(prefix):
            for each in self.list_objects(from_folder):
                name = each["Key"].removeprefix(prefix)
                if name and not name.endswith("/"):  # what consoles make in place of folders
                    self.download_object_to_path(each["Key"], below(target, name), **options)
        return target

    def upload_from_path(
        self, from_path: str | Path, to_path: str | None = None, **options: Any
    ) -> str:
        """Write a file to an object, by default one of its name, and return the key.

        Options are those of boto3's `upload_file`.
        """
        source = Path(from_path).expanduser()
        key = self._key(to_path or source.name)
        with self._at(key):
            self._s3().upload_file(str(source), self.bucket_name, key, **options)
        moved(bytes=source.stat().st_size)
        return key

    def upload_from_file_object(
        self, from_file_object: IO[bytes], to_path: str, **options: Any
    ) -> str:
        """Write what is left of a file that is open in binary mode to an object; return the key.

        Options are those of boto3's `upload_fileobj`.
        """
        key = self._key(to_path)
        sizes: list[int] = []
        with self._at(key):
            self._s3().upload_fileobj(
                from_file_object, self.bucket_name, key, Callback=sizes.append, **options
            )
        moved(bytes=sum(sizes))
        return key

    def upload_from_folder(
        self, from_folder: str | Path, to_folder: str = "", **options: Any
    ) -> str:
        """Write the files of a local folder and below; return what their keys begin with.

        Options are those of boto3's `upload_file`.
        """
        prefix = prefix_in(self.bucket_folder, to_folder)
        with self._at(prefix):
            for path, name in files_in(from_folder):
                self.upload_from_path(path, f"{prefix}{name}", **options)
        return prefix

    # --- from bucket to bucket -------------------------------------------------------------------

    def stream_from(
        self, bucket: S3Bucket, from_path: str, to_path: str | None = None, **options: Any
    ) -> str:
        """Write an object of another bucket to this one, by way of here, and return its key here.

        For buckets that `copy_object` cannot join: of other credentials, or elsewhere. Options are
        those of boto3's `upload_fileobj`.
        """
        source = bucket._key(from_path)
        key = self._key(to_path or Path(source).name)
        sizes: list[int] = []
        # What is read is told of the other block, as a call within this one.
        with closing(bucket.open_path(from_path)) as content, self._at(key):
            self._s3().upload_fileobj(
                content, self.bucket_name, key, Callback=sizes.append, **options
            )
        moved(bytes=sum(sizes))
        return key

    def open_path(self, path: str) -> IO[bytes]:
        """Return an object's content as a file to read from, to be closed by its reader."""
        key = self._key(path)
        with self._at(key):
            content: IO[bytes] = self._s3().get_object(Bucket=self.bucket_name, Key=key)["Body"]
        return content

    def copy_object(
        self, from_path: str, to_path: str, to_bucket: S3Bucket | str | None = None, **options: Any
    ) -> str:
        """Copy an object within the bucket or to another, by S3 itself, and return its key there.

        Options are those of boto3's `copy`.
        """
        source = self._key(from_path)
        bucket, key = self._there(to_path, to_bucket)
        with self._at(source), at(uri_of(f"s3://{bucket}", key)):
            self._s3().copy({"Bucket": self.bucket_name, "Key": source}, bucket, key, **options)
        return key

    def move_object(
        self, from_path: str, to_path: str, to_bucket: S3Bucket | str | None = None
    ) -> str:
        """Copy an object to another key and delete it where it was; return the new key."""
        bucket, key = self._there(to_path, to_bucket)
        apart(self._uri(self._key(from_path)), uri_of(f"s3://{bucket}", key))
        self.copy_object(from_path, to_path, to_bucket)
        self.delete_object(from_path)
        return key

    def _there(self, path: str, bucket: S3Bucket | str | None) -> tuple[str, str]:
        """Return the bucket that an object is copied to, and its key there."""
        target = bucket if isinstance(bucket, S3Bucket) else self
        key = target._key(path)  # noqa: SLF001  of this class
        return bucket if isinstance(bucket, str) else target.bucket_name, key

    def delete_object(self, path: str) -> None:
        """Delete an object. S3 does not say whether it was there."""
        key = self._key(path)
        with self._at(key):
            self._s3().delete_object(Bucket=self.bucket_name, Key=key)

    @unobserved
    def presigned_url(self, path: str, expires_in: int = 3600, method: str = "get_object") -> str:
        """Return an address that anybody can use for a while. It is made here: nobody is asked.

        Args:
            path: Of an object, which need not be there.
            expires_in: Seconds for which it can be used.
            method: What it is for: `get_object` or `put_object`.
        """
        given = {"Bucket": self.bucket_name, "Key": self._key(path)}
        url: str = self._s3().generate_presigned_url(method, Params=given, ExpiresIn=expires_in)
        return url

    # --- for coroutines --------------------------------------------------------------------------

    aread_path = awaited(read_path)
    awrite_path = awaited(write_path)
    alist_objects = awaited(list_objects)
    adownload_object_to_path = awaited(download_object_to_path)
    adownload_object_to_file_object = awaited(download_object_to_file_object)
    adownload_folder_to_path = awaited(download_folder_to_path)
    aupload_from_path = awaited(upload_from_path)
    aupload_from_file_object = awaited(upload_from_file_object)
    aupload_from_folder = awaited(upload_from_folder)
    astream_from = awaited(stream_from)
    acopy_object = awaited(copy_object)
    amove_object = awaited(move_object)
    adelete_object = awaited(delete_object)
