"""Bring the records of one tape to a server, batch by batch, and act on what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol
from uuid import UUID

from peninsula.core import limits
from peninsula.core.answers import Offers
from peninsula.core.codec import frame_batch
from peninsula.core.errors import ConflictError, InvalidError, TooLargeError, UnavailableError
from peninsula.core.records import PROTOCOL, Batch, Process, Receipt
from peninsula.journal import rejects
from peninsula.journal.rejects import Reject
from peninsula.journal.segments import Parcel
from peninsula.journal.tape import Tape

__all__ = ["Delivery", "Intake"]


class Intake(Protocol):
    """A server's intake: over HTTP (`client.port`), or in this process (`docs/api.md`).

    Its calls raise the errors of the API, and UnavailableError when there is no answer.
    """

    def take(self, batch: bytes) -> Receipt:
        """Take in an encoded batch."""
        ...

    def offers(self, emitters: Sequence[UUID]) -> Offers:
        """Say what the log has of these emitters."""
        ...


class Delivery:
    """How far one tape is delivered to one server."""

    def __init__(
        self,
        tape: Tape,
        process: Process,
        port: Intake,
        rejected: Path,
        *,
        committed: int = 0,
        adopted: bool = False,
        adds: bool = True,
    ) -> None:
        """Begin after the record that the server is known to have committed.

        `rejected` is the folder for what it refuses. `adopted` says that the process is gone, and
        `adds` that the tape is ours to go on with, where there is something to tell.
        """
        self._tape = tape
        self._process = process
        self._port = port
        self._rejected = rejected
        self._adopted = adopted
        self._adds = adds
        self._most = limits.BATCH_RECORDS
        self.committed = committed
        self.log_id: UUID | None = None
        self.went_back = False
        """The server lost records that it had: it was restored from an earlier copy."""
        self.closed = False
        """The server knows that nothing follows the last record."""

    def step(self, *, closing: bool = False) -> bool:
        """Send the next batch; False when nothing is left to send, nor to say that it was all.

        Raises UnavailableError and whatever else is to be tried again later.
        """
        parcel = self._tape.take(self.committed)
        is_empty = not parcel.bodies and parcel.first == self.committed + 1
        if is_empty and (self.closed or not closing):
            return False
        batch = Parcel(parcel.first, parcel.bodies[: self._most])
        try:
            receipt = self._send(batch, closing=closing and batch.last >= self._tape.last)
        except ConflictError as problem:
            self._go_back(problem)
        except (InvalidError, TooLargeError) as problem:
            self._split(batch, problem)
        else:
            self._arrived(batch, receipt)
            # What was refused or lost is told by another record.
            self.closed = self.closed and self._tape.last <= self.committed
        return True

    def _send(self, parcel: Parcel, *, closing: bool = False, lost_before: int = 0) -> Receipt:
        if parcel.first > self.committed + 1:
            lost_before = parcel.first - 1
        head = Batch(
            protocol=PROTOCOL,
            process=self._process,
            first=parcel.first,
            records=[],
            lost_before=lost_before,
            closing=closing,
            adopted=self._adopted,
        )
        receipt = self._port.take(frame_batch(head, parcel.bodies))
        self._tape.observe(receipt.stamp)
        self.closed = closing
        return receipt

    # --- it was taken ----------------------------------------------------------------------------

    def _arrived(self, parcel: Parcel, receipt: Receipt) -> None:
        lost = parcel.first - 1 - self.committed
        if receipt.committed <= self.committed and (parcel.bodies or lost):
            msg = f"The server committed nothing of {len(parcel.bodies)} records."
            raise UnavailableError(msg)
        if lost > 0 and self._adds:
            self._tape.lose(lost)
        refused = [
            Reject(each.number, each.code, each.message, parcel.bodies[each.number - parcel.first])
            for each in receipt.refused
            if parcel.first <= each.number <= parcel.last
        ]
        self._put_aside(refused)
        self._commit(receipt)
        self._most = min(limits.BATCH_RECORDS, self._most * 2)

    def _commit(self, receipt: Receipt) -> None:
        self.committed = receipt.committed
        self.log_id = receipt.log_id
        self._tape.forget(receipt.committed)

    def compare(self, offers: Offers) -> None:
        """Go back to what the server has now, if it has less than it had."""
        self.log_id = offers.log_id
        known = offers.committed.get(self._process.emitter, 0)
        if known < self.committed:
            self.committed = known
            self.went_back = True

    # --- it was not ------------------------------------------------------------------------------

    def _go_back(self, problem: ConflictError) -> None:
        committed = problem.details.get("committed")
        if not isinstance(committed, int) or committed >= self.committed:
            raise UnavailableError(problem.message) from problem
        self.committed = committed
        self.went_back = True

    def _split(self, parcel: Parcel, problem: InvalidError | TooLargeError) -> None:
        if len(parcel.bodies) > 1:
            self._most = len(parcel.bodies) // 2
            return
        # Is it the record, or would the server take no batch of this process now?
        try:
            self._send(Parcel(self.committed + 1, []))
        except (InvalidError, TooLargeError) as every:
            msg = f"The server refuses every batch: {every.message}"
            raise UnavailableError(msg) from every
        if not parcel.bodies:
            raise UnavailableError(problem.message) from problem
        try:
            self._arrived(parcel, self._send(parcel))
        except (InvalidError, TooLargeError) as again:
            self._put_aside([Reject(parcel.first, again.code, again.message, parcel.bodies[0])])
            self._commit(self._send(Parcel(parcel.first + 1, []), lost_before=parcel.first))

    def _put_aside(self, refused: list[Reject]) -> None:
        if refused and self._adds:
            rejects.put_aside(self._rejected, self._tape, self._process, refused)
