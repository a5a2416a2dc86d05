"""What a shipper does beside shipping: adopt what others left, and keep its own journal small."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from contextlib import suppress
from typing import Final

from peninsula.core.errors import ForbiddenError, PeninsulaError
from peninsula.core.home import Home
from peninsula.core.settings import Settings
from peninsula.journal import adopt, kept
from peninsula.journal.delivery import Delivery, Intake
from peninsula.journal.journal import Journal, Shipped

__all__ = ["Rounds"]

ROUND: Final = 30.0
"""Seconds between two looks for journals whose process is gone, and at what the server has."""

TIDY: Final = 5.0
"""Seconds between two looks at what of the own journal is no longer needed."""

_log = logging.getLogger("peninsula.journal")


class Rounds:
    """The rounds of one shipper. They share its thread, and make way for its records."""

    def __init__(
        self,
        journal: Journal,
        delivery: Delivery,
        port: Intake,
        *,
        home: Home,
        settings: Settings,
    ) -> None:
        """Go rounds for the destination of that journal, which is the own one."""
        self._journal = journal
        self._delivery = delivery
        self._port = port
        self._home = home
        self._settings = settings
        self._adoption: Generator[Journal | None] | None = None
        self.began = False
        """Whether there was a round before."""
        self._may_adopt = True
        self._next_tidy = 0.0
        self._noted = 0
        self.next = 0.0
        """When the next round is due, by the monotonic clock."""

    @property
    def under_way(self) -> bool:
        """Whether a round was begun and not finished."""
        return self._adoption is not None

    def tick(self, now: float, goes_on: Callable[[], bool]) -> None:
        """Do what is due; a round takes one batch after the other while `goes_on`."""
        self._tidy(now)
        if self._adoption is None and now >= self.next:
            if self.began:
                # A server that went back may not have been told of anything since.
                self._delivery.compare(self._port.offers([self._journal.emitter]))
            self.began = True
            self.next = now + ROUND
            if self._may_adopt:
                self._adoption = adopt.make_round(
                    self._home, self._journal.header.destination, self._port, self._settings
                )
        while self._adoption is not None and goes_on():
            try:
                next(self._adoption)
            except StopIteration:
                self._adoption = None
            except ForbiddenError:
                # The key is for one run alone. The worker that has it, or a server, ships the rest.
                self._may_adopt, self._adoption = False, None
            except (PeninsulaError, OSError) as problem:
                _log.info("What others left is shipped later: %s", problem)
                self._adoption = None

    def note(self) -> None:
        """Write down what of the own journal the server has, for whoever adopts it."""
        log_id, committed = self._delivery.log_id, self._delivery.committed
        closed = self._delivery.closed
        if log_id is not None and (closed or committed != self._noted):
            self._noted = committed
            with suppress(OSError):
                self._journal.note(Shipped(log_id=log_id, number=committed, closed=closed))

    def close(self) -> None:
        """Let go of a journal that is only half delivered. Safe twice."""
        adoption, self._adoption = self._adoption, None
        if adoption is not None:
            adoption.close()

    def _tidy(self, now: float) -> None:
        if self._delivery.went_back:
            # It was restored from a copy: it lacks what earlier processes had sent as well.
            self._delivery.went_back = False
            self.next = now
        if now >= self._next_tidy:
            self._next_tidy = now + TIDY
            self.note()
            kept.prune_segments(self._journal.folder, self._delivery.committed, self._settings)

    def take_over(self) -> None:
        """Begin with what was left since the last round: by children of this process, say."""
        if self.began and self._adoption is None:
            self._adoption = adopt.take_over(
                self._home, self._journal.header.destination, self._port
            )
