"""Hand task runs to task workers: what a run needs is stored, and its state says that it waits."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any, Final, cast

from peninsula.core import claims
from peninsula.core.errors import InvalidError
from peninsula.core.resources import clean_uri
from peninsula.core.runs import Origin, StateChange
from peninsula.core.states import StateType
from peninsula.journal import emitter
from peninsula.sdk import functions
from peninsula.sdk.background.elsewhere import Elsewhere
from peninsula.sdk.background.parameters import parameters_key, parameters_storage
from peninsula.sdk.definitions import Definition
from peninsula.sdk.interrupting.interrupts import Shielded
from peninsula.sdk.remote.parcels import pack_deferred
from peninsula.sdk.running import engine
from peninsula.sdk.running.futures import Future, carry_by, finish, wait_all
from peninsula.sdk.running.invocation import Invocation, new_run
from peninsula.sdk.runs import TaskRun
from peninsula.sdk.telling import reports

__all__ = ["defer"]


def defer(
    task: Definition,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    wait_for: Iterable[Any] | None,
) -> Future[Any]:
    """Have a task worker run the task; return its future once its parameters are stored.

    Raises InvalidError for a method, and for what is local to a function.
    """
    _check_place(task)
    run = cast("TaskRun", new_run(Invocation.of(task, args, kwargs, wait_for)))
    run.persists = task.persist_result is not False
    wait_all(run.inputs.futures)
    future: Future[Any] = Future(run)
    with Shielded():
        ending = engine.prepare(run)
        if ending is not None:
            reports.report(run, ending.change(0))
            finish(future)
            return future
        reports.report(run, _scheduled(_store(run)))
        # A program that delays and serves may tell nothing more, and the run waits for a server.
        emitter.current().look_out()
    carry_by(future, Elsewhere(future))
    return future


def _check_place(task: Definition) -> None:
    """Refuse what `peninsula task serve` does not find in any module."""
    if task.origin is not None:
        msg = (
            f"The {task.titled} is a method, which no task worker finds: they serve functions."
            " Delay a task that is a function, and give it the object as a parameter."
        )
        raise InvalidError(msg)
    place = getattr(functions.inner(task.fn), "__qualname__", "")
    if "<locals>" in place and task.name not in _found and not _is_in_module(task.name):
        msg = (
            f"The {task.titled} is local to a function, where no task worker finds it."
            " Define it at the top of its module."
        )
        raise InvalidError(msg)


_found: Final[set[str]] = set()
"""Names of tasks that were made in functions and are in modules all the same."""


def _is_in_module(name: str) -> bool:
    """Tell whether a module has a task of that name: made by a function, or with other options."""
    for module in tuple(sys.modules.values()):
        for each in tuple(getattr(module, "__dict__", {}).values()):
            if isinstance(each, Definition) and each.kind == "task" and each.name == name:
                _found.add(name)
                return True
    return False


def _store(run: TaskRun) -> str:
    """Keep what the worker needs; return where it is."""
    storage, key = parameters_storage(run.definition), parameters_key(run.id)
    # What cannot be packed is raised: nobody knows of the run yet, it was never scheduled.
    storage.write(key, pack_deferred(run, emitter.current().stamp()))
    return clean_uri(storage.uri(key))


def _scheduled(parameters: str) -> StateChange:
    # Told as from outside: no process of ours has the run in hand, so it does not end with one.
    return StateChange(
        type=StateType.SCHEDULED,
        name="Scheduled",
        details=claims.details_of(parameters),
        origin=Origin.OBSERVER,
    )
