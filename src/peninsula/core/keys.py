"""The key of a home's workers, which follows from its owner's and does not lead back to it."""

from __future__ import annotations

import hashlib
from typing import Final

__all__ = ["key_sum", "worker_key"]

_WORKER: Final = "peninsula worker"


def worker_key(owner: str) -> str:
    """Return the key of the workers of a server, by the token of its home.

    It is a plain SHA-256, so that a template of Helm makes it, too.
    """
    return _sha256(f"{_WORKER} {owner}")


def key_sum(owner: str) -> str:
    """Return what is another text for each token, and no key."""
    return _sha256(worker_key(owner))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
