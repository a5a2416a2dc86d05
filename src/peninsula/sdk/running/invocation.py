"""Make a run of what a call of a flow or task was given."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Self

from msgspec import Struct

from peninsula.core.words import two_words
from peninsula.sdk.definitions import Definition
from peninsula.sdk.running import inputs
from peninsula.sdk.runs import FlowRun, Run, TaskRun, current_run, current_tags
from peninsula.sdk.settings import settings
from peninsula.sdk.telling import reports, tracebacks
from peninsula.sdk.telling.logs import RunLogger

__all__ = ["Invocation", "new_run", "take_options"]

_KINDS: Final[dict[str, type[Run]]] = {"flow": FlowRun, "task": TaskRun}


# This module comes with the first call, which may be the one that cannot be made.
tracebacks.install()


def take_options(kwargs: dict[str, Any]) -> tuple[bool, Iterable[Any] | None]:
    """Take `return_state` and `wait_for` out of the keyword arguments: the function has neither."""
    return bool(kwargs.pop("return_state", False)), kwargs.pop("wait_for", None)


class Invocation(Struct, frozen=True):
    """What a flow or task is given for one run."""

    definition: Definition
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    parameters: dict[str, Any]
    wait_for: Iterable[Any] | None

    @classmethod
    def of(
        cls,
        definition: Definition,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        wait_for: Iterable[Any] | None,
    ) -> Self:
        """Bind the arguments. Raises ParameterError for those that the function does not take."""
        return cls(definition, args, kwargs, definition.signature.bind(args, kwargs), wait_for)


def new_run(invocation: Invocation) -> Run:
    """Return a run that is to be driven, with what it depends on."""
    definition, parent = invocation.definition, current_run()
    kind = _KINDS[definition.kind]
    run = kind(definition, reports.new_id(), parent, current_tags() | definition.tags)
    run.persists = _persists(definition, parent)
    run.args, run.kwargs = invocation.args, invocation.kwargs
    run.parameters, run.wait_for = invocation.parameters, invocation.wait_for
    run.inputs = inputs.find_inputs(run.parameters, run.wait_for, run.root.results)
    if kind is TaskRun:
        run.key = None if parent is None else _key_below(parent, definition)
        run.name = run.key or f"{definition.name}-{run.id.hex[-4:]}"
    else:
        run.name = two_words(run.id)
    return run


def _key_below(parent: Run, task: Definition) -> str | None:
    flow_run = parent.flow_run
    if flow_run is None:
        return None
    if flow_run.shares_name(task):
        RunLogger(flow_run).debug(
            "Two functions run here as %s, so their runs are counted together and look alike. "
            "Give one of them another name.",
            task.titled,
        )
    return parent.keys.next(task.name)


def _persists(definition: Definition, parent: Run | None) -> bool:
    if definition.persist_result is not None:
        return definition.persist_result
    return settings().results_persist_by_default if parent is None else parent.persists
