"""Run a background task run that was claimed, in a thread of its task worker."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock, Timer
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from msgspec import structs

from peninsula.core.claims import Claim
from peninsula.core.errors import MissingResultError, PeninsulaError
from peninsula.core.life import Ending, describe
from peninsula.core.records import Command
from peninsula.core.resources import clean_uri
from peninsula.core.states import StateType
from peninsula.journal import emitter
from peninsula.sdk.background.parameters import drop_parameters, parameters_key, parameters_storage
from peninsula.sdk.interrupting.orders import cancellation
from peninsula.sdk.remote.execution import ReceivedRun
from peninsula.sdk.results.storage import Storage
from peninsula.sdk.running import children
from peninsula.sdk.running.inputs import Inputs
from peninsula.sdk.runs import TaskRun
from peninsula.sdk.telling import reports

if TYPE_CHECKING:
    from peninsula.sdk.tasks import Task

__all__ = ["GRACE", "ClaimedRun"]

GRACE: Final = 3.0
"""Seconds that a task has to end when it is ordered to."""


class ClaimedRun:
    """One claimed run, from its parameters to its final state."""

    def __init__(self, claim: Claim, task: Task[..., Any], forsaken: Callable[[], object]) -> None:
        """Listen for commands from now on: one may come before the run is begun.

        `forsaken` is called, from any thread, when the run is over and its thread goes on.
        """
        self.id: UUID = claim.run
        self.task = claim.task
        self._definition = task
        self._lock = Lock()
        self._received: ReceivedRun | None = None
        self._ending: Ending | None = None
        self._forsaken = forsaken
        self._patience: Timer | None = None
        self.over = False
        """Its end was reported, whatever its thread does."""
        emitter.current().on_command(self.id, self._obey)

    def run(self) -> None:
        """Take the run to its end."""
        try:
            self._live()
        finally:
            if self._patience is not None:
                self._patience.cancel()

    def _live(self) -> None:
        try:
            received = self._open(parameters_storage(self._definition))
        except PeninsulaError as problem:
            self._give_up(problem)
            return
        try:
            received.live()
        finally:
            emitter.current().off_command(self.id)
        if received.run.over:
            drop_parameters(self._definition, self.id)

    def order(self, ending: Ending) -> None:
        """Have the run end so. From any thread; also before it is begun."""
        with self._lock:
            self._ending = ending
            if self._received is not None:
                self._received.order(ending)

    def forsake(self) -> None:
        """Report how a run ends that was ordered to and did not.

        Its thread goes on in a call that nothing interrupts, and is left behind.
        """
        with self._lock:
            received, ending = self._received, self._ending
        run = self._stand_in() if received is None else received.run
        if ending is not None and not run.over:
            said = f"{ending.message} It could not be interrupted in {children.place(run)}."
            told = structs.replace(ending, message=said)
            reports.report(run, told.change(max(0, run.run_count - 1)))
            drop_parameters(self._definition, self.id)
        self.over = True
        self._forsaken()

    def _obey(self, command: Command) -> None:
        if command.action == "cancel" and self._patience is None:
            self.order(cancellation(self._stand_in(), command.message).ending)
            self._patience = Timer(GRACE, self.forsake)
            self._patience.daemon = True
            self._patience.start()

    def _open(self, storage: Storage) -> ReceivedRun:
        """Return the run with its parameters. Raises MissingResultError, and others."""
        key = parameters_key(self.id)
        packed = storage.read(key)
        if not packed:
            msg = (
                f"The parameters of the run are not at {clean_uri(storage.uri(key))}. Give the"
                f" {self._definition.titled} a result_storage that its callers and workers share."
            )
            raise MissingResultError(msg)
        received = ReceivedRun(packed, self._definition)
        with self._lock:
            self._received = received
            if self._ending is not None:
                received.order(self._ending)
        return received

    def _give_up(self, problem: PeninsulaError) -> None:
        run = self._stand_in()
        run.error = problem
        ending = Ending(type=StateType.FAILED, name="Failed", message=describe(problem))
        reports.report(run, self._ending.change(0) if self._ending else ending.change(0))
        drop_parameters(self._definition, self.id)
        emitter.current().off_command(self.id)

    def _stand_in(self) -> TaskRun:
        """Return the run as far as its id goes: its caller has told the rest."""
        run = TaskRun(self._definition, self.id, None, frozenset())
        run.name, run.inputs, run.told = self._definition.name, Inputs(), True
        return run
