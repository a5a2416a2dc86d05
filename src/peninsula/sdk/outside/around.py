"""Tell a use of a system that no block stands for: `with call("ftp", "fetch", "ftp://…"):`."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from peninsula.core.events import Related
from peninsula.core.resources import system_of
from peninsula.sdk.outside.call import Call, Target
from peninsula.sdk.outside.here import call_here
from peninsula.sdk.outside.systems import resource_of

__all__ = ["answered", "call", "led_to", "moved", "refused", "touches"]


class call:  # noqa: N801  it is used as a function
    """A block of code that uses a system, told as one call of it. For `with` and `async with`."""

    def __init__(
        self, kind: str, method: str, system: str, related: tuple[Related, ...] = ()
    ) -> None:
        """Take what is used (`ftp`), how (`fetch`), and the address of the system or path.

        Raises InvalidError for an address that is none.
        """
        self._target = Target(about=resource_of(system), related=related)
        self._call = Call(kind, method)

    def __enter__(self) -> Self:
        self._call.begin(lambda: self._target)
        return self

    def __exit__(self, _: object, error: BaseException | None, __: TracebackType | None) -> None:
        if error is None:
            self._call.complete()
        else:
            self._call.fail(error)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, _: object, error: BaseException | None, __: TracebackType | None
    ) -> None:
        self.__exit__(_, error, __)


def touches(path: str) -> None:
    """Say which path the call under way goes to: `s3://lake/raw/orders.csv`.

    The first one becomes what its event is about, others are related to it. User, password, query
    and fragment are cut, as in all ids. Outside of calls it says nothing. Raises InvalidError for
    what is no address.
    """
    if (here := call_here()) is not None:
        here.touch(resource_of(path).id)


def led_to(path: str) -> None:
    """Say that the call under way was led to another system, as by a redirect.

    Its event is about that path then, and where it went before is related to it. Outside of calls
    it says nothing. Raises InvalidError for what is no address.
    """
    if (here := call_here()) is not None:
        before, now = here.begun.about.id, resource_of(path).id
        here.aim(resource_of(system_of(now)))
        here.touch(now)
        here.touch(before)


def moved(*, bytes: int | None = None, rows: int | None = None) -> None:  # noqa: A002  what it is
    """Add to the bytes and rows that the call under way has moved. Outside of calls, nothing."""
    if (here := call_here()) is not None:
        here.move(bytes, rows)


def answered(status: int) -> None:
    """Say which status of HTTP the call under way was answered with. Outside of calls, nothing."""
    if (here := call_here()) is not None:
        here.status = status


def refused(status: int) -> None:
    """Say that the call under way was answered with a status of HTTP that says no: it failed."""
    if (here := call_here()) is not None:
        here.refuse(f"HTTP {status}", f"HTTP {status}")
