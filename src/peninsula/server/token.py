"""The token of a home: the key that this machine's SDK, CLI and page use by themselves."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from peninsula.core.errors import UnavailableError

__all__ = ["home_token"]


def home_token(path: Path) -> str:
    """Return the token, made when there is none; nobody else on the machine may read it."""
    try:
        _make(path)
        path.chmod(0o600)
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeError) as problem:
        msg = (
            f"Cannot keep the token in {path}: {problem}. Remove it, and make the folder writable."
        )
        raise UnavailableError(msg) from problem


def _make(path: Path) -> None:
    if path.exists() and path.stat().st_size:
        return
    # Written aside and linked into place: whoever reads it reads all of it, and of two makers
    # one wins.
    draft = path.with_name(f".token-{secrets.token_hex(8)}")
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "w", encoding="ascii") as written:
        written.write(secrets.token_urlsafe(32) + "\n")
    draft.replace(path)
