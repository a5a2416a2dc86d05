"""Find the result of a run before it is called, and keep it afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, cast

from peninsula.client.configuration import home_of
from peninsula.core import limits
from peninsula.core.errors import PeninsulaError
from peninsula.core.life import Ending
from peninsula.core.states import StateType
from peninsula.core.texts import encodable
from peninsula.journal import emitter
from peninsula.sdk import runtime
from peninsula.sdk.interrupting.gates import Interrupt
from peninsula.sdk.results import transactions
from peninsula.sdk.results.cache_policies import DEFAULT
from peninsula.sdk.results.cache_policy import TaskRunContext
from peninsula.sdk.results.locks import LockManager, locks_in
from peninsula.sdk.results.result_store import ResultStore, StoredResult
from peninsula.sdk.results.storage_keys import filled, unfilled
from peninsula.sdk.results.storage_paths import checked_key
from peninsula.sdk.results.transactions import Transaction, get_transaction
from peninsula.sdk.running import endings
from peninsula.sdk.runs import FlowRun, Run, current_run
from peninsula.sdk.settings import settings
from peninsula.sdk.states import State, read_back
from peninsula.sdk.telling.logs import RunLogger

if TYPE_CHECKING:
    from peninsula.sdk.results.cache_policy import CachePolicy
    from peninsula.sdk.tasks import Task

__all__ = ["UNNAMED", "Memory", "get_result_store", "keep", "locks", "recall", "store_of"]

UNNAMED: Final = "runs"
"""Where results are whose runs have no key to be found by."""


class Memory:
    """What becomes of one run's result."""

    def __init__(self, own: Transaction, store: ResultStore | None, *, around: bool = True) -> None:
        self.transaction = own
        self.store = store
        """None: the result is not kept; its transaction has hooks."""
        self._around = around
        """Whether runs inside are part of the transaction. Those of a flow run are not: what they
        finished is kept also when the flow fails after them, and found by its next attempt."""

    def call(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call the function inside of the run's transaction."""
        if not self._around:
            return function(*args, **kwargs)
        token = transactions.within(self.transaction)
        try:
            return function(*args, **kwargs)
        finally:
            transactions.leave(token)

    async def acall(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Await the function inside of the run's transaction."""
        if not self._around:
            return await function(*args, **kwargs)
        token = transactions.within(self.transaction)
        try:
            return await function(*args, **kwargs)
        finally:
            with suppress(ValueError):  # closed by the garbage collector, in any context
                transactions.leave(token)

    def stored(self) -> StoredResult | None:
        """Return what stands for the result, if it can be read back."""
        if self.store is None or not self.transaction.is_committed():
            return None
        return StoredResult(self.store, self.transaction.name)

    def close(self) -> None:
        """Let go of the lock, and undo what the run neither finished nor left to others."""
        if self.transaction.is_active():
            self.transaction.rollback()
        elif not self.transaction.is_staged():
            self.transaction.release()


# --- before the call ------------------------------------------------------------------------------


def recall(run: Run) -> Ending | None:
    """Begin the run's transaction; return how the run ends if its result is known already."""
    try:
        run.memory = _memory_of(run)
        found = run.memory.transaction.begin(lambda seconds: _sleep(run, seconds))
        if run.over:
            # Nobody waits any more: the coroutine was cancelled while this thread got the lock.
            run.memory.close()
        if found is None:
            return None
        run.data = found.result
    except PeninsulaError as problem:
        return endings.failed(run, problem)
    assert run.memory.store is not None  # noqa: S101  something was found in it
    own = run.memory.transaction
    details = {"cache_key": _said(own), "result": run.memory.store.uri(own.name)}
    if found.run is not None:
        details["cached_from"] = str(found.run)
    return Ending(type=StateType.COMPLETED, name="Cached", details=details)


def _sleep(run: Run, seconds: float) -> None:
    time.sleep(seconds)
    if endings.by_order(run) is not None or run.over:
        raise Interrupt


def _memory_of(run: Run) -> Memory:
    if isinstance(run, FlowRun):
        store = _store_of(run)
        own = Transaction(f"{UNNAMED}/{run.id}", store, overwrite=True)
        own.run = run.id
        return Memory(own, store, around=False)
    task = cast("Task[..., Any]", run.definition)
    if not run.persists or run.stream is not None:
        return Memory(Transaction(parent=get_transaction()), None)
    policy = task.cache_policy
    key, caches = _key_of(run, task)
    store = store_of(run)
    own = Transaction(
        key,
        store,
        parent=get_transaction(),
        isolation_level=None if policy is None else policy.isolation_level,
        lock_manager=(None if policy is None else policy.lock_manager) or locks(),
        overwrite=not caches or _refreshes(task),
    )
    own.run = run.id
    if task.cache_expiration is not None:
        own.expiration = emitter.current().now() + task.cache_expiration
    return Memory(own, store)


def _key_of(run: Run, task: Task[..., Any]) -> tuple[str, bool]:
    """Return the key of the result, and whether another run may have made it."""
    template = task.result_storage_key
    try:
        key = (_templated(run, template) if template else None) or _policy_key(run, task)
    except Exception:  # noqa: BLE001  the user's functions and objects
        reason = "No cache key can be made."
        if template:
            reason = unfilled(task.titled, template, run.parameters)
        RunLogger(run).exception("%s The result is kept, and not cached.", reason)
        key = None
    if key is not None and task.result_storage_key:
        checked_key(key)  # who writes a template means a name; other keys may be any text
    return (f"{UNNAMED}/{run.id}", False) if key is None else (key, True)


def _policy_key(run: Run, task: Task[..., Any]) -> str | None:
    policy = DEFAULT if task.cache_policy is None else task.cache_policy
    around: Mapping[str, Any] = {} if run.flow_run is None else run.flow_run.parameters
    # With a method's object: what it returns depends on that, too.
    inputs = {**task.bound, **run.parameters}
    context = TaskRunContext(task=task, task_run=run, parameters=inputs)
    return policy.compute_key(context, dict(inputs), dict(around))


def _templated(run: Run, template: str) -> str:
    known = {"runtime": runtime, "flow_run": run.flow_run, "task_run": run}
    return filled(template, known, run.parameters)


def _refreshes(task: Task[..., Any]) -> bool:
    if task.refresh_cache is not None:
        return task.refresh_cache
    return settings().tasks_refresh_cache


# --- after it -------------------------------------------------------------------------------------


def keep(run: Run, ending: Ending) -> Ending:
    """Stage the result of a run that completed, and undo what another did; return how it ends."""
    memory = run.memory
    if memory is None or ending.name == "Cached":
        return ending
    own = memory.transaction
    if ending.type is not StateType.COMPLETED or isinstance(run.data, State):
        own.rollback()
        return ending
    definition = run.definition
    try:
        own.stage(read_back(run.data), definition.on_rollback_hooks, definition.on_commit_hooks)
        own.end()
    except PeninsulaError as problem:
        problem.add_note(f"It is about the result of the {definition.titled}.")
        own.rollback()
        return endings.failed(run, problem)
    if memory.store is None:
        return ending
    details = {"result": memory.store.uri(own.name)}
    if not own.key.startswith(f"{UNNAMED}/"):
        details["cache_key"] = _said(own)
    return Ending(type=ending.type, name=ending.name, message=ending.message, details=details)


def _said(own: Transaction) -> str:
    """Return the key for the state's details; what is no text for an event, by its name."""
    fits = len(own.key) <= limits.NAME_CHARS and encodable(own.key) == own.key
    return own.key if fits else own.name


# --- where ----------------------------------------------------------------------------------------


def get_result_store() -> ResultStore:
    """Return the store of the run around, else that of the settings."""
    return _store_of(current_run())


def store_of(run: Run) -> ResultStore:
    """Return where a run's result is, if it is kept."""
    policy: CachePolicy | None = getattr(run.definition, "cache_policy", None)
    return _store_of(run, None if policy is None else policy.key_storage)


def _store_of(run: Run | None, storage: Any = None) -> ResultStore:
    """Return where a run's results are: what it says, else what the flow run around says."""
    serializer: Any = None
    while run is not None:
        storage = storage or run.definition.result_storage
        serializer = serializer or run.definition.result_serializer
        run = run.parent
    known = settings()
    return ResultStore(
        storage or known.results_storage or home_of(known).results,
        serializer or known.results_serializer,
    )


def locks() -> LockManager:
    """Return the locks that all processes of this home share."""
    return locks_in(home_of(settings()).locks)
