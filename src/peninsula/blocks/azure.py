"""A container of Azure Blob Storage, and who one is there."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import SecretStr, model_validator

from peninsula.blocks.base import Block
from peninsula.blocks.containers import Container
from peninsula.blocks.fields import PlainAddress
from peninsula.core.addresses import parts_of
from peninsula.sdk import masks
from peninsula.sdk.extras import require

__all__ = ["AzureBlobContainer", "AzureBlobStorageCredentials"]

_ACCOUNT: Final = re.compile(r"(?:^|;)\s*AccountName=([^;]+)", re.IGNORECASE)
_IN_STRING: Final = re.compile(
    r"(?:^|;)\s*(?:AccountKey|SharedAccessSignature)=([^;]+)", re.IGNORECASE
)


class AzureBlobStorageCredentials(Block):
    """An account of Azure Blob Storage, and a key, a signature or a service principal for it.

    >>> AzureBlobStorageCredentials(connection_string="…").save("lake")
    """

    _block_type_name = "Azure Blob Storage Credentials"

    account_url: PlainAddress | None = None
    """Like `https://lake.blob.core.windows.net`; a connection string has it."""
    connection_string: SecretStr | None = None
    account_key: SecretStr | None = None
    sas_token: SecretStr | None = None
    tenant_id: str | None = None
    client_id: str | None = None
    client_secret: SecretStr | None = None

    @model_validator(mode="after")
    def _has_an_account(self) -> AzureBlobStorageCredentials:
        if self._account() is None:
            msg = "Give account_url or connection_string: neither says which account it is"
            raise ValueError(msg)
        # Errors and logs of the client show what is in the string, and not the whole of it.
        masks.learn(_IN_STRING.findall(_plain(self.connection_string) or ""))
        return self

    def _account(self) -> str | None:
        if self.account_url is not None:
            parts = parts_of(self.account_url)
            return ((parts and parts.hostname) or "").partition(".")[0] or None
        found = _ACCOUNT.search(_plain(self.connection_string) or "")
        return found[1] if found else None

    def _options(self) -> dict[str, Any]:
        """Return what adlfs takes."""
        given = {
            "account_name": self._account(),
            "account_host": urlsplit(self.account_url or "").netloc or None,
            "connection_string": _plain(self.connection_string),
            "account_key": _plain(self.account_key),
            "sas_token": _plain(self.sas_token),
            "tenant_id": self.tenant_id,
            "client_id": self.client_id,
            "client_secret": _plain(self.client_secret),
        }
        return {name: value for name, value in given.items() if value is not None}


class AzureBlobContainer(Container):
    """A container of Azure Blob Storage. Paths are keys, in the folder of the block if it has one.

    Methods have an `a…` form for coroutines. Errors are those of adlfs, with a note that names the
    object.

    >>> AzureBlobContainer.load("lake").read_path("raw/orders.csv")
    """

    _block_type_name = "Azure Blob Container"
    _block_type_slug = "azure-blob-container"

    container_name: str
    credentials: AzureBlobStorageCredentials
    base_folder: str = ""
    """Folder that paths are in."""

    def _open(self) -> Any:
        require("adlfs", "AzureBlobContainer", "azure")
        import adlfs  # noqa: PLC0415  an extra

        return adlfs.AzureBlobFileSystem(**self.credentials._options())  # noqa: SLF001  of this file

    def _root(self) -> str:
        return f"{self.container_name}/{self.base_folder.strip('/')}".rstrip("/")

    def _base(self) -> str:
        account = self.credentials._account()  # noqa: SLF001  of this file
        return f"abfs://{self.container_name}@{account}.dfs.core.windows.net"

    def _uri(self, place: str) -> str:
        return super()._uri(place.removeprefix(self.container_name))


def _plain(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()
