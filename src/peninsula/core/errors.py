"""Name what went wrong, and the fix.

Exception
└── PeninsulaError            code, message, details
    ├── InvalidError          "invalid": the caller sent something that cannot be used
    ├── NotFoundError         "not-found"
    ├── ConflictError         "conflict": true when asked, but not in this state
    ├── UnauthenticatedError  "unauthenticated"
    ├── ForbiddenError        "forbidden"
    ├── TooLargeError         "too-large"
    ├── UnavailableError      "unavailable": try again later
    ├── ParameterError        "parameter": a flow or task got arguments that do not fit
    ├── MissingResultError    "missing-result": a state has no result to give
    ├── SerializationError    "serialization": a value cannot be made bytes, or back (a TypeError)
    ├── UpstreamError         "upstream": an input of this run did not complete
    ├── RunFailedError        "run-failed": a Failed state was asked for its result
    ├── RunCrashedError       "run-crashed"
    ├── RunCancelledError     "run-cancelled"
    ├── SlotTimeoutError      "slot-timeout": a concurrency limit had no slot (also a TimeoutError)
    └── RunTimeoutError       "timeout" (also a TimeoutError)
"""

from __future__ import annotations

from typing import Any, ClassVar

__all__ = [
    "ConflictError",
    "ForbiddenError",
    "InvalidError",
    "MissingResultError",
    "NotFoundError",
    "ParameterError",
    "PeninsulaError",
    "RunCancelledError",
    "RunCrashedError",
    "RunFailedError",
    "RunTimeoutError",
    "SerializationError",
    "SlotTimeoutError",
    "TooLargeError",
    "UnauthenticatedError",
    "UnavailableError",
    "UpstreamError",
]


class PeninsulaError(Exception):
    """An error with a code, a message that names the thing and the fix, and details (JSON)."""

    code: ClassVar[str] = "internal"

    def __init__(self, message: str, /, **details: Any) -> None:
        """Keep the message for people and the details for programs."""
        super().__init__(message)
        self.message = message
        self.details = details

    def __reduce__(self) -> tuple[Any, ...]:
        """Survive pickling with the details and notes, as errors cross processes."""
        return (_revive, (type(self), self.message, self.details), vars(self))


def _revive(kind: type[PeninsulaError], message: str, details: dict[str, Any]) -> PeninsulaError:
    # A user's subclass may ask for other arguments: it is made without asking it.
    error = kind.__new__(kind, message)
    PeninsulaError.__init__(error, message, **details)
    return error


class InvalidError(PeninsulaError):
    """The caller sent something that cannot be used."""

    code = "invalid"


class NotFoundError(PeninsulaError):
    """Nothing has that id or name."""

    code = "not-found"


class ConflictError(PeninsulaError):
    """What was asked does not fit the state the thing is in."""

    code = "conflict"


class UnauthenticatedError(PeninsulaError):
    """No key, token or session, or not a valid one."""

    code = "unauthenticated"


class ForbiddenError(PeninsulaError):
    """The caller is known, and may not do this."""

    code = "forbidden"


class TooLargeError(PeninsulaError):
    """A body, batch, record or query is over its limit."""

    code = "too-large"


class UnavailableError(PeninsulaError):
    """The server, the disk or the database cannot do this now; the same call may pass later."""

    code = "unavailable"
    soon: bool = False
    """Whether there is a server that may be well in a moment: it restarts, or is too busy."""


class ParameterError(PeninsulaError, TypeError):
    """A flow or task was called with arguments that do not fit its signature."""

    code = "parameter"


class MissingResultError(PeninsulaError):
    """The state has no result: it was not kept, or the run is not over."""

    code = "missing-result"


class SerializationError(PeninsulaError, TypeError):
    """A result or an argument cannot be turned into bytes, or back."""

    code = "serialization"


class SlotTimeoutError(PeninsulaError, TimeoutError):
    """A concurrency limit had no slot free in time."""

    code = "slot-timeout"


class UpstreamError(PeninsulaError):
    """An input of this run did not complete, so the run never started."""

    code = "upstream"


class RunFailedError(PeninsulaError):
    """The result of a Failed run was asked for, and the run left no exception of its own."""

    code = "run-failed"


class RunCrashedError(PeninsulaError):
    """The result of a Crashed run was asked for."""

    code = "run-crashed"


class RunCancelledError(PeninsulaError):
    """The run was cancelled."""

    code = "run-cancelled"


class RunTimeoutError(PeninsulaError, TimeoutError):
    """The run took longer than its `timeout_seconds`."""

    code = "timeout"
