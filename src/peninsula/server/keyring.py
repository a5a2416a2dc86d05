"""Find the keys that encrypt secrets: in the settings, else in a file that no backup copies."""

from __future__ import annotations

import base64
import os
import secrets

from peninsula.core.errors import ConflictError, UnavailableError
from peninsula.server.config import Config
from peninsula.server.ring import NEW_KEY, Ring

__all__ = ["Keyring"]


class Keyring:
    """The keys of one server. A file is read at each use: another server may have changed it."""

    def __init__(self, config: Config) -> None:
        """Nothing is read or made yet."""
        self._set = config.encryption_keys
        self._path = config.encryption_key_file

    @property
    def is_set(self) -> bool:
        """Whether the keys are in the settings, where only people put new ones."""
        return bool(self._set)

    def ring(self) -> Ring:
        """Return the keys; there may be none yet. Raises InvalidError or UnavailableError."""
        if self._set:
            return Ring(self._set, "PENINSULA_ENCRYPTION_KEY and PENINSULA_ENCRYPTION_KEYS")
        try:
            keys = self._path.read_text(encoding="ascii").split()
        except FileNotFoundError:
            keys = []
        except (OSError, UnicodeError) as problem:
            msg = f"Cannot read the encryption keys in {self._path}: {problem}. Make it readable."
            raise UnavailableError(msg) from problem
        return Ring(keys, str(self._path))

    def make(self) -> Ring:
        """Put a new key first in the file and return all. Raises what says why it cannot be."""
        if self._set:
            msg = (
                "All secrets are encrypted by the newest key already. Make another"
                f" ({NEW_KEY}), put it first in PENINSULA_ENCRYPTION_KEYS, start the server again,"
                " and rotate then."
            )
            raise ConflictError(msg)
        new = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        keys = (new, *self.ring().keys)
        try:
            self._write(keys)
        except OSError as problem:
            msg = (
                f"Cannot keep the encryption key in {self._path}: {problem}. Make the folder"
                " writable, or set PENINSULA_ENCRYPTION_KEY, or PENINSULA_ENCRYPTION_KEY_FILE to"
                " another file."
            )
            raise UnavailableError(msg) from problem
        return Ring(keys, str(self._path))

    def missing(self) -> UnavailableError:
        """Return the error for a database that has encrypted secrets where there is no key."""
        msg = (
            f"The database has encrypted secrets, and no key is in {self._path}. Put the file back."
            f" If it is lost, set PENINSULA_ENCRYPTION_KEY to a new key ({NEW_KEY}), and save the"
            " blocks that have secrets anew with overwrite."
        )
        return UnavailableError(msg)

    def _write(self, keys: tuple[str, ...]) -> None:
        # Written aside and moved into place: whoever reads it reads all of it.
        draft = self._path.with_name(f".{self._path.name}-{secrets.token_hex(8)}")
        file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(file, "w", encoding="ascii") as written:
                written.write("".join(f"{key}\n" for key in keys))
                written.flush()
                os.fsync(written.fileno())
            draft.replace(self._path)
        finally:
            draft.unlink(missing_ok=True)
