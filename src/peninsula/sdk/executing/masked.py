"""Mask the secrets that this process knows in what it prints: a worker keeps that in the log."""

from __future__ import annotations

import io
import sys

from peninsula.journal import masking

__all__ = ["mask_output"]


class _Masked(io.TextIOWrapper):
    """A stream that hides what is registered as secret, text by text."""

    def write(self, text: str) -> int:
        """Write the text without the secrets in it."""
        super().write(masking.hide(text) if masking.known() else text)
        return len(text)


def mask_output() -> None:
    """Have stdout and stderr hide secrets from now on."""
    sys.stdout = _masked(sys.stdout)
    sys.stderr = _masked(sys.stderr)


def _masked(stream: object) -> _Masked:
    assert isinstance(stream, io.TextIOWrapper)  # noqa: S101  nobody has replaced it yet
    encoding, errors = stream.encoding, stream.errors
    return _Masked(stream.detach(), encoding=encoding, errors=errors, write_through=True)
