"""Read what the run of a deployment has returned, where it kept that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from peninsula.core.errors import MissingResultError
from peninsula.sdk.running.memory import UNNAMED, get_result_store
from peninsula.sdk.states import Deferred

if TYPE_CHECKING:
    from peninsula.core.runs import Run

__all__ = ["ResultElsewhere"]


class ResultElsewhere(Deferred):
    """Stands for what a flow has returned in another process.

    It is read from the store that this process is configured with, wherever the other run says that
    it has left it: a result may be a pickle, and whoever may tell of runs is not to name one.
    """

    __slots__ = ("_key", "_name", "_said", "_store")

    def __init__(self, run: Run) -> None:
        self._name = run.name
        self._key = f"{UNNAMED}/{run.id}"
        self._said = run.state.details.get("result")
        self._store = get_result_store()

    def read(self) -> Any:
        """Return the result. Raises MissingResultError where it is not kept, or out of reach."""
        if self._said is None:
            msg = (
                f"Run {self._name!r} of the deployment did not keep its result. Declare its flow"
                " with persist_result=True."
            )
            raise MissingResultError(msg)
        here = self._store.uri(self._key)
        record = self._store.read(self._key) if here == self._said else None
        if record is None:
            msg = (
                f"The result of run {self._name!r} of the deployment is at {self._said}, and"
                f" is looked for at {here}. Give both flows the same result_storage, or set"
                " PENINSULA_RESULTS_STORAGE to a place that both reach."
            )
            raise MissingResultError(msg)
        return record.result
