"""Find the keys that encrypt secrets: in the settings, else in a file that no backup copies."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

from peninsula.core.errors import ConflictError, UnavailableError
from peninsula.server import lock
from peninsula.server.config import Config
from peninsula.server.ring import NEW_KEY, Ring

__all__ = ["Keyring"]

WAIT: Final = 10.0
"""Seconds for the lock of the file, which whoever makes a key holds for milliseconds."""


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

    def make(self, after: Ring) -> Ring:
        """Put a new key first in the file and return all.

        None is made where another has been since these were read: of those who want one at once,
        all get the same. Raises what says why it cannot be.
        """
        if self._set:
            msg = (
                "All secrets are encrypted by the newest key already. Make another"
                f" ({NEW_KEY}), put it first in PENINSULA_ENCRYPTION_KEYS, start the server again,"
                " and rotate then."
            )
            raise ConflictError(msg)
        try:
            with self._locked():
                ring = self.ring()
                if ring.newest != after.newest:
                    return ring
                new = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
                self._write((new, *ring.keys))
                return self.ring()
        except OSError as problem:
            msg = (
                f"Cannot keep the encryption key in {self._path}: {problem}. Make the folder"
                " writable, or set PENINSULA_ENCRYPTION_KEY, or PENINSULA_ENCRYPTION_KEY_FILE to"
                " another file."
            )
            raise UnavailableError(msg) from problem

    def missing(self) -> UnavailableError:
        """Return the error for a database that has encrypted secrets where there is no key."""
        msg = (
            f"The database has encrypted secrets, and no key is in {self._path}. Put the file back."
            f" If it is lost, set PENINSULA_ENCRYPTION_KEY to a new key ({NEW_KEY}), and save the"
            " blocks that have secrets anew with overwrite."
        )
        return UnavailableError(msg)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        # Not the file itself: a new one takes its place.
        path = self._path.with_name(f"{self._path.name}.lock")
        file = lock.wait_for(partial(lock.try_lock, path), WAIT)
        if file is None:
            msg = f"Another process keeps {path} locked. End it: fuser {path}"
            raise UnavailableError(msg)
        try:
            yield
        finally:
            os.close(file)

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
