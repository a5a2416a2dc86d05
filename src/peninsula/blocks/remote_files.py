"""A folder wherever fsspec reaches."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from pydantic import Field, field_validator, model_validator

from peninsula.blocks.fields import SecretDict
from peninsula.blocks.stored_files import StoredFiles
from peninsula.core.addresses import has_login, parts_of
from peninsula.core.errors import InvalidError
from peninsula.core.secret_names import is_secret_name

__all__ = ["RemoteFileSystem"]


class RemoteFileSystem(StoredFiles):
    """A folder of any file system that fsspec knows: `sftp://host/lake`, `s3://lake/raw`, `smb://…`.

    The package that knows the scheme is installed beside Peninsula; an error names it. Methods have
    an `a…` form for coroutines.

    >>> RemoteFileSystem(basepath="sftp://files.internal/lake", settings={"username": "etl"})
    """

    _block_type_name = "Remote File System"
    _block_type_slug = "remote-file-system"

    basepath: str
    """URL of the folder."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """What the file system takes: `{"username": "etl"}`. What is secret of it, by its name, becomes
    part of `secret_settings`."""
    secret_settings: SecretDict | None = None
    """What it takes and nobody sees: `{"password": …}`."""

    @model_validator(mode="before")
    @classmethod
    def _keep_secrets(cls, values: Any) -> Any:
        given = values.get("settings") if isinstance(values, dict) else None
        if not isinstance(given, Mapping):
            return values
        secret = {name: _plain(given[name]) for name in given if _is_secret(name, given[name])}
        if not secret:
            return values
        known = _plain(values.get("secret_settings")) or {}
        for name, value in secret.items():
            if known.get(name, value) != value:
                msg = f"{name!r} is another one in settings than in secret_settings: give one"
                raise ValueError(msg)
        open_ = {name: value for name, value in given.items() if name not in secret}
        return values | {"settings": open_, "secret_settings": {**secret, **known}}

    @field_validator("basepath")
    @classmethod
    def _is_url(cls, url: str) -> str:
        scheme, found, _ = url.partition("://")
        if not found or not scheme or "::" in re.sub(_IPV6, "://", url):
            msg = "The basepath is no URL of one folder: write it like sftp://host/folder"
            raise ValueError(msg)
        if has_login(url, user_counts=scheme not in {"abfs", "abfss", "wasb", "wasbs"}):
            msg = "Give user and password in settings, not in the basepath"
            raise ValueError(msg)
        return url.rstrip("/")

    def _scheme(self) -> str:
        return self.basepath.partition("://")[0]

    def _open(self) -> Any:
        import fsspec  # noqa: PLC0415  weight

        given = self.settings | (_plain(self.secret_settings) or {})
        try:
            kind = fsspec.get_filesystem_class(self._scheme())
            said = kind._get_kwargs_from_urls(self.basepath)  # noqa: SLF001  fsspec's way
            if "://[" in self.basepath and "host" in said:
                # fsspec leaves the brackets of IPv6, and no library connects to those.
                return kind(**(said | {"host": said["host"].strip("[]")} | given))
            files, _ = fsspec.url_to_fs(self.basepath, **given)
        except (ImportError, ValueError) as problem:
            msg = f"{self._scheme()}:// cannot be used: {problem}"
            raise InvalidError(msg) from None
        return files

    def _root(self) -> str:
        return self.basepath

    def _base(self) -> str:
        return f"{self._scheme()}://"

    def _uri(self, place: str) -> str:
        # The host has a port, or container and account; what only looks like one is a name.
        host, slash, path = place.partition("://")[2].partition("/")
        signs = "" if parts_of(self.basepath) is None else "@:[]"
        # Those of HTTP may be quoted already, and are asked for as they are then.
        kept = "/%" if self._scheme() in {"http", "https"} else "/"
        return f"{self._base()}{quote(host, safe=signs)}{slash}{quote(path, safe=kept)}"


_IPV6: Final = r"://\[[\da-fA-F:.]+\]"
"""A host whose `::` joins no two URLs."""


def _is_secret(name: str, value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_is_secret(str(each), value[each]) for each in value)
    return is_secret_name(name)


def _plain(value: Any) -> Any:
    """Return a value with the secrets in it as they are: wrapped, they are equal to no text."""
    if hasattr(value, "get_secret_value"):
        return _plain(value.get_secret_value())
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return value
