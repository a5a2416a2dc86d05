"""Encrypt what is secret, by the newest of some keys, and open what any of them encrypted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from peninsula.core.errors import InvalidError, UnavailableError

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

__all__ = ["NEW_KEY", "Keys", "Ring", "Sealed"]

NEW_KEY: Final = "openssl rand -base64 32 | tr +/ -_"
"""The command that makes a key."""


class Sealed(NamedTuple):
    """What is encrypted, and the fingerprint of the key that opens it."""

    key: str
    token: bytes


class Ring:
    """Keys, the newest first, and where they are from: texts for errors."""

    def __init__(self, keys: Sequence[str], source: str) -> None:
        """Take keys as Fernet has them: 32 bytes in URL-safe base64. Raises InvalidError."""
        self.source = source
        self._keys = {_fingerprint(key): key for key in keys}
        _ = self._fernets  # so that a key that is none is found now

    @cached_property
    def _fernets(self) -> dict[str, Fernet]:
        from cryptography.fernet import Fernet  # noqa: PLC0415  weight: for those with secrets

        try:
            return {name: Fernet(key) for name, key in self._keys.items()}
        except ValueError:
            msg = (
                f"A key in {self.source} is no encryption key: that is 32 bytes in URL-safe base64."
                f" Make one with: {NEW_KEY}"
            )
            raise InvalidError(msg) from None

    @property
    def newest(self) -> str:
        """The fingerprint of the key that encrypts, empty where there is no key."""
        return next(iter(self._keys), "")

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys themselves, the newest first."""
        return tuple(self._keys.values())

    @property
    def older(self) -> tuple[str, ...]:
        """The fingerprints of those behind it."""
        return tuple(self._keys)[1:]

    def seal(self, plain: bytes) -> Sealed:
        """Encrypt."""
        return Sealed(self.newest, self._fernets[self.newest].encrypt(plain))

    def open(self, sealed: Sealed, what: str) -> bytes:
        """Decrypt; `what` names it in errors. Raises UnavailableError with the fix."""
        plain = self.try_open(sealed)
        if plain is not None:
            return plain
        self.check_has(sealed.key, what)
        msg = (
            f"The secrets of {what} were changed in the database: key {sealed.key} does not open"
            " them. Save it anew with overwrite, or restore a backup."
        )
        raise UnavailableError(msg, key=sealed.key)

    def check_has(self, key: str, what: str) -> None:
        """Raise UnavailableError with the fix where there is no such key to open `what`."""
        if key not in self._keys:
            raise UnavailableError(_missing(what, key, self.source), key=key)

    def try_open(self, sealed: Sealed) -> bytes | None:
        """Decrypt; None: no key here opens it."""
        from cryptography.fernet import InvalidToken  # noqa: PLC0415  weight: as above

        fernet = self._fernets.get(sealed.key)
        try:
            return None if fernet is None else fernet.decrypt(sealed.token)
        except InvalidToken:
            return None


Keys: TypeAlias = Callable[[], Ring]
"""Read the keys. Units do so after the rows: a rotation may have used a newer key there."""


def _fingerprint(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:12]


def _missing(what: str, key: str, source: str) -> str:
    return (
        f"The secrets of {what} are encrypted by key {key}, which is not in {source}. Put that key"
        " back there, or into PENINSULA_ENCRYPTION_KEYS behind the newest. If it is lost, set"
        f" PENINSULA_ENCRYPTION_KEY to a new one ({NEW_KEY}), and save the block anew with"
        " overwrite."
    )
