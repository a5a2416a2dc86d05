"""Know of a failure, and of the events near it, what causes are found by."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Final
from uuid import UUID

from msgspec import Struct

from peninsula.core.causes.errors import error_type
from peninsula.core.resources import system_of

__all__ = ["WORD", "Failure", "Seen"]

WORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{2,}[A-Za-z0-9]")
"""By which something is named: a host, a bucket, the last part of a path."""

_KILLED: Final = re.compile(r"\bsignal 9\b|SIGKILL|OOMKilled|killed for memory")
_OUTSIDE: Final = re.compile(
    r"BrokenPipe|BusyLoading|ChunkedEncoding|ClientPayload|Connect|Disconnect|Gateway|Incomplete"
    r"|Network|Operational|RemoteProtocol|\bProtocolError|ServerNotFound|SSL|Timeout|TimedOut"
    r"|Unavailable|Unreachable|gaierror"
)
"""In the types of exceptions of who could not reach something, or waited for it in vain."""

_PORT: Final = re.compile(r"""([A-Za-z0-9][A-Za-z0-9_.-]*)["']?(?::|,? +port[ =:]*)(\d{1,5})\b""")
"""`db.internal:5432`, `server at "db.internal", port 5432`, `host='db.internal', port=5432`."""


class Seen(Struct, frozen=True, kw_only=True):
    """An event that may have to do with a failure."""

    id: UUID
    name: str
    resource: str
    occurred: datetime
    related: tuple[str, ...] = ()
    """Ids of the other resources it names."""
    method: str = ""
    """What was called, of a call."""
    in_run: bool = False
    """It happened in some run, and may be that run's own everyday work."""
    own: bool = False
    """It happened in the run that failed, or below it."""
    linked: bool = False
    """The failure follows it."""
    unreturned: bool = False
    """It tells of a call that was at work when its process ended."""
    idle: bool = False
    """It tells of one that waited for who had called it then: a generator between two values."""
    cut_off: bool = False
    """It tells of a call that ended as the time of its run, or of one around, was up."""
    seconds: float = 0.0
    """How long it worked, of a call."""
    error: str = ""
    """Type and text of the exception that a call ended by, or what it was answered."""
    status: int | None = None
    """The answer to a call by HTTP, where it is known."""
    follows: UUID | None = None
    """The event that led to it: of a call, that of the one around it."""


class Failure(Struct, frozen=True, kw_only=True, dict=True):
    """What is known of a run that failed."""

    at: datetime
    text: str = ""
    """What the error says, and the errors that led to it."""
    touched: frozenset[str] = frozenset()
    """Ids of what the run and those below it touched."""
    since: Mapping[str, datetime] = {}
    """When it touched them first, as far as is known."""
    timed_out: float | None = None
    """Seconds that it took, if that was longer than it might."""

    @cached_property
    def systems(self) -> frozenset[str]:
        """The systems that it touched."""
        return frozenset(map(system_of, self.touched))

    @cached_property
    def words(self) -> frozenset[str]:
        """What the text is made of: hosts, names of buckets and pods, paths."""
        return frozenset(word.lower() for word in WORD.findall(self.text))

    def says(self, whole: str) -> bool:
        """Tell whether the text has this path or address, and not as a part of a longer one."""
        before, after = r"(?<![\w.-])(?<![\w.-]/)", r"(?![\w/-]|\.\w)"
        return re.search(before + re.escape(whole) + after, self.text, re.IGNORECASE) is not None

    @cached_property
    def killed(self) -> bool:
        """Whether the text says that its process was killed."""
        return _KILLED.search(self.text) is not None

    @cached_property
    def is_from_outside(self) -> bool:
        """Whether time was up, or an error is of the kind that others bring about."""
        types = (error_type(line.rstrip()) for line in self.text.splitlines())
        return self.timed_out is not None or any(_OUTSIDE.search(one or "") for one in types)

    @cached_property
    def ports(self) -> dict[str, frozenset[str]]:
        """Those that the text names, by host."""
        found: dict[str, set[str]] = {}
        for host, port in _PORT.findall(self.text):
            found.setdefault(host.lower(), set()).add(port)
        return {host: frozenset(ports) for host, ports in found.items()}
