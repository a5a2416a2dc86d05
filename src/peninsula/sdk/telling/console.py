"""Show the log of runs in the terminal, one readable line each."""

from __future__ import annotations

import os
import sys
from logging import CRITICAL, DEBUG, ERROR, INFO, WARNING, LogRecord, StreamHandler
from logging import Formatter as BaseFormatter
from time import localtime, strftime
from typing import Any, Final, TextIO

from peninsula.core import printed
from peninsula.core.addresses import hide_in_addresses
from peninsula.journal import masking
from peninsula.sdk.telling.tracebacks import text_of

__all__ = ["Console"]

_COLOURS: Final = {DEBUG: "2", INFO: "36", WARNING: "33", ERROR: "31", CRITICAL: "1;31"}
"""Codes of ANSI's SGR: dim, cyan, yellow, red, bold red."""


class Formatter(BaseFormatter):
    """`02:13:00.123 WARNING  quiet-harbour  12 rows dropped`."""

    def __init__(self, *, coloured: bool) -> None:
        super().__init__()
        self._coloured = coloured

    def format(self, record: LogRecord) -> str:
        """Return the line; a traceback follows it."""
        name = getattr(record, "run_name", record.name)
        level = f"{record.levelname:<8}"
        if self._coloured:
            level = f"\x1b[{_COLOURS.get(record.levelno, '0')}m{level}\x1b[0m"
            name = f"\x1b[1m{name}\x1b[0m"
        moment = strftime("%H:%M:%S", localtime(record.created))
        text = f"{moment}.{int(record.msecs):03} {level} {name}  {record.getMessage()}"
        if record.exc_info and not record.exc_text:
            record.exc_text = self.formatException(record.exc_info)
        shown = f"{text}\n{record.exc_text}" if record.exc_text else text
        return hide_in_addresses(masking.hide(shown))

    def formatException(self, ei: Any) -> str:  # noqa: N802  the name in logging
        """Return the traceback without the engine's frames."""
        _, error, _ = ei
        return super().formatException(ei) if error is None else text_of(error)


class Console(StreamHandler[TextIO]):
    """Writes to whatever stderr is at the moment: tests and notebooks replace it."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)
        self._plain = Formatter(coloured=False)
        self._colourful = Formatter(coloured=True)

    @property
    def stream(self) -> Any:
        """The present stderr."""
        return sys.stderr

    @stream.setter
    def stream(self, _: Any) -> None:
        # The base class sets it once; it is asked for anew each time.
        return

    def format(self, record: LogRecord) -> str:
        """Return the line as this stderr shows it best."""
        text = (self._colourful if _shows_colours() else self._plain).format(record)
        of_run = hasattr(record, "run_name")
        return printed.marked(text) if of_run and printed.MARKED in os.environ else text


def _shows_colours() -> bool:
    # no-color.org; a closed or missing stderr has no colours either.
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    try:
        return sys.stderr.isatty()
    except (AttributeError, ValueError):
        return False
