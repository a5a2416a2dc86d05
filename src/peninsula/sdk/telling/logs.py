"""Bring what runs log and print into their logs and to the terminal."""

from __future__ import annotations

import builtins
import logging
import sys
from collections.abc import MutableMapping
from contextvars import ContextVar
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from peninsula.client import own
from peninsula.core.errors import InvalidError
from peninsula.core.records import LogLine
from peninsula.core.runs import RunKind
from peninsula.journal import emitter, masking
from peninsula.sdk.interrupting.interrupts import Shielded
from peninsula.sdk.runs import Run, current_run
from peninsula.sdk.settings import settings
from peninsula.sdk.telling import tracebacks
from peninsula.sdk.telling.console import Console

if TYPE_CHECKING:
    from peninsula.sdk.definitions import Definition

__all__ = ["RunLogger", "get_run_logger", "install", "prints_are_logged", "say"]

OWN: Final = "peninsula"
FLOW_RUNS: Final = "peninsula.flow_runs"
TASK_RUNS: Final = "peninsula.task_runs"
_RUN_LOGGERS: Final = frozenset({FLOW_RUNS, TASK_RUNS})
_BY_KIND: Final = {RunKind.FLOW_RUN: FLOW_RUNS, RunKind.TASK_RUN: TASK_RUNS}

_RUN: Final = "_peninsula_run"
"""Attribute of a record: the run whose logger wrote it. Formatters leave underscores out."""

_capturing: ContextVar[bool] = ContextVar("peninsula_capturing", default=False)
_installing: Final = Lock()


class RunLogger(logging.LoggerAdapter[logging.Logger]):
    """A logger whose lines go to the log of one run, whoever writes them."""

    def __init__(self, run: Run) -> None:
        super().__init__(logging.getLogger(_BY_KIND[run.kind]), {})
        self.run = run

    def process(
        self, msg: Any, kwargs: MutableMapping[str, Any]
    ) -> tuple[Any, MutableMapping[str, Any]]:
        """Add the run to the record, beside what the caller adds."""
        run = self.run
        extra = {_RUN: run, "run_name": run.name, "run_id": str(run.id)}
        kwargs["extra"] = {**(kwargs.get("extra") or {}), **extra}
        return msg, kwargs


def get_run_logger() -> RunLogger:
    """Return the logger of the run this is called in. Raises InvalidError outside of runs."""
    run = current_run()
    if run is None:
        msg = (
            "get_run_logger() was called outside of a run, so there is no log to write to. "
            "Call it inside of a flow or task, or use logging.getLogger()."
        )
        raise InvalidError(msg)
    return RunLogger(run)


def say(logger: logging.Logger, text: str, *args: Any) -> None:
    """Warn in the log of the run around; outside of runs, by that logger."""
    run = current_run()
    (logger if run is None else RunLogger(run)).warning(text, *args)


def install() -> None:
    """Capture logging from now on, and show run logs in the terminal. Safe twice."""
    with _installing:
        if logging.Logger.callHandlers is _call_handlers:
            return
        logger = logging.getLogger(OWN)
        if logger.level == logging.NOTSET:
            logger.setLevel(settings().log_level)
        if not logger.handlers:
            logger.addHandler(_console())
            logger.propagate = False
        _lower_untouched_root()
        logging.Logger.callHandlers = _call_handlers  # type: ignore[assignment, method-assign]


def _console() -> Console:
    console = Console()
    if not settings().log_to_terminal:
        console.addFilter(lambda record: _RUN not in record.__dict__ and current_run() is None)
    return console


def _lower_untouched_root() -> None:
    # As long as nobody has set logging up, its root lets warnings through only, and runs would
    # have no other lines in their logs. What reaches the terminal stays as it is.
    root = logging.getLogger()
    if not root.handlers and root.level == logging.WARNING:
        root.setLevel(settings().log_level)


# Where all records of all loggers pass, with filters applied, also of loggers that do not
# propagate. A handler on the root would miss those, and keep logging.basicConfig from working.
_handlers_of_logging: Final = logging.Logger.callHandlers


def _call_handlers(logger: logging.Logger, record: logging.LogRecord) -> None:
    run: Run | None = record.__dict__.get(_RUN) or current_run()
    if masking.known():
        record = _without_secrets(record)
    if run is None:
        _handlers_of_logging(logger, record)
        return
    # A thread that is interrupted between taking a handler's lock and the `try` after it would
    # keep the lock, and all others would wait for it.
    with Shielded():
        if not (_is_engines(record.name) or _capturing.get() or own.is_traffic()):
            _capture(run, record)
        # Where nobody has set handlers up, Python prints what is a warning or worse.
        if settings().log_to_terminal or logger.hasHandlers():
            _handlers_of_logging(logger, record)


def _without_secrets(record: logging.LogRecord) -> logging.LogRecord:
    """Return the record for all handlers, also those of the user, which know no secrets."""
    try:
        text = record.getMessage()
    except Exception:  # noqa: BLE001  the user's %-arguments: whoever shows the record says so
        return record
    hidden = masking.hide(text)
    error = record.exc_info[1] if record.exc_info else None
    trace = "" if error is None else tracebacks.text_of(error)
    hidden_trace = masking.hide(trace)
    if hidden == text and hidden_trace == trace:
        return record
    masked = logging.makeLogRecord(vars(record))
    masked.msg, masked.args = hidden, None
    # Formatters show it in place of what they would make of the exception.
    masked.exc_text = hidden_trace or record.exc_text
    return masked


def _is_engines(name: str) -> bool:
    return name.startswith(OWN) and name not in _RUN_LOGGERS and name[len(OWN) :][:1] in {"", "."}


def _capture(run: Run, record: logging.LogRecord) -> None:
    if record.levelno < _lowest_level():
        return
    token = _capturing.set(True)
    try:
        journal = emitter.current()
        line = LogLine(
            time=journal.micros(),
            level=record.levelno,
            logger=record.name,
            message=_message(record),
        )
        journal.log(run.id, run.root.id, (line,))
    finally:
        _capturing.reset(token)


def _lowest_level() -> int:
    level: int = getattr(logging, settings().log_level)
    return level


def _message(record: logging.LogRecord) -> str:
    try:
        text = record.getMessage()
    except Exception as problem:  # noqa: BLE001  the user's %-arguments may raise anything
        text = f"{record.msg!r} (its arguments do not fit: {problem})"
    if record.exc_info and record.exc_info[1] is not None:
        text = f"{text}\n{tracebacks.text_of(record.exc_info[1])}"
    return f"{text}\n{record.stack_info}" if record.stack_info else text


# --- print ----------------------------------------------------------------------------------------

_print: Final = builtins.print


def prints_are_logged(definition: Definition, around: Run | None) -> bool:
    """Tell whether `print` in a run goes to its log, and make sure that it does."""
    chosen = definition.log_prints
    if chosen is None:
        chosen = settings().log_prints if around is None else around.log_prints
    if chosen and builtins.print is not _log_print:
        builtins.print = _log_print
    return chosen


def _log_print(*values: Any, **options: Any) -> None:
    run = current_run()
    to_stdout = options.get("file") in {None, sys.stdout}
    if run is None or not run.log_prints or not to_stdout:
        _print(*values, **options)
        return
    separator = options.get("sep")
    text = (" " if separator is None else separator).join(map(str, values))
    RunLogger(run).info("%s", text)
