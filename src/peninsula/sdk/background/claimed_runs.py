"""Run a background task run that was claimed, in a thread of its task worker."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any
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
from peninsula.sdk.running.inputs import Inputs
from peninsula.sdk.runs import TaskRun
from peninsula.sdk.telling import reports

if TYPE_CHECKING:
    from peninsula.sdk.tasks import Task

__all__ = ["ClaimedRun"]


class ClaimedRun:
    """One claimed run, from its parameters to its final state."""

    def __init__(self, claim: Claim, task: Task[..., Any]) -> None:
        """Listen for commands from now on: one may come before the run is begun."""
        self.id: UUID = claim.run
        self.task = claim.task
        self._definition = task
        self._lock = Lock()
        self._received: ReceivedRun | None = None
        self._ending: Ending | None = None
        emitter.current().on_command(self.id, self._obey)

    def run(self) -> None:
        """Take the run to its end."""
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
        """Report how a run ends that was ordered to and did not: the process leaves now."""
        with self._lock:
            received, ending = self._received, self._ending
        run = self._stand_in() if received is None else received.run
        if ending is not None and not run.over:
            said = f"{ending.message} It could not be interrupted."
            told = structs.replace(ending, message=said)
            reports.report(run, told.change(max(0, run.run_count - 1)))
            drop_parameters(self._definition, self.id)

    def _obey(self, command: Command) -> None:
        if command.action == "cancel":
            self.order(cancellation(self._stand_in(), command.message).ending)

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
