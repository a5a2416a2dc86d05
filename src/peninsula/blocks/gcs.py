"""A bucket of Google Cloud Storage, and who one is there."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from peninsula.blocks.base import Block
from peninsula.blocks.containers import Container
from peninsula.blocks.fields import PlainAddress
from peninsula.sdk.extras import require

__all__ = ["GcpCredentials", "GcsBucket", "ServiceAccountInfo"]


class ServiceAccountInfo(BaseModel):
    """What the key file of a service account holds. All of it is given on; its key is secret."""

    model_config = ConfigDict(extra="allow", hide_input_in_errors=True)

    client_email: str
    private_key: SecretStr


class GcpCredentials(Block):
    """A service account of Google Cloud; without one, what Google's library finds on the machine.

    >>> GcpCredentials(service_account_info=json.loads(key_file)).save("lake")
    """

    _block_type_name = "GCP Credentials"
    _block_type_slug = "gcp-credentials"

    service_account_file: str | None = None
    """Path of a key file, on the machine that the flow runs on."""
    service_account_info: ServiceAccountInfo | None = None
    """What such a file holds."""
    project: str | None = None
    anonymous: bool = False
    """Ask as nobody: for public buckets and emulators."""
    endpoint_url: PlainAddress | None = None
    """Address of another service that speaks its language: an emulator."""

    def _options(self) -> dict[str, Any]:
        """Return what gcsfs takes."""
        given = {"project": self.project, "endpoint_url": self.endpoint_url, "token": self._token()}
        return {name: value for name, value in given.items() if value is not None}

    def _token(self) -> Any:
        if self.anonymous:
            return "anon"
        info = self.service_account_info
        if info is not None:
            return info.model_dump() | {"private_key": info.private_key.get_secret_value()}
        return self.service_account_file


class GcsBucket(Container):
    """A bucket of Google Cloud Storage. Paths are keys, in the folder of the block if it has one.

    Methods have an `a…` form for coroutines. Errors are those of gcsfs, with a note that names the
    object.

    >>> GcsBucket(bucket="lake").read_path("raw/orders.csv")
    """

    _block_type_name = "GCS Bucket"
    _block_type_slug = "gcs-bucket"

    bucket: str
    gcp_credentials: GcpCredentials = Field(default_factory=GcpCredentials)
    bucket_folder: str = ""
    """Folder that paths are in."""

    def _open(self) -> Any:
        require("gcsfs", "GcsBucket", "gcs")
        # The one of the package's top asks over gRPC what kind a bucket is: emulators have none.
        from gcsfs.core import GCSFileSystem  # noqa: PLC0415  an extra

        return GCSFileSystem(**self.gcp_credentials._options())  # noqa: SLF001  of this file

    def _root(self) -> str:
        return f"{self.bucket}/{self.bucket_folder.strip('/')}".rstrip("/")

    def _base(self) -> str:
        return "gs://"
