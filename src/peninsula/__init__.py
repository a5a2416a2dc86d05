"""Peninsula: a workflow orchestrator whose first-class citizen is the dependency.

Importing it does no work: each name is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from peninsula import runtime
    from peninsula.sdk.arguments.annotations import allow_failure, opaque, quote, unmapped
    from peninsula.sdk.deployments.deploying import deploy
    from peninsula.sdk.deployments.serving import aserve, serve
    from peninsula.sdk.emit import emit_event
    from peninsula.sdk.flows import Flow, flow
    from peninsula.sdk.pausing import pause_flow_run, resume_flow_run, suspend_flow_run
    from peninsula.sdk.runs import tags
    from peninsula.sdk.states import State
    from peninsula.sdk.tasks import Task, task
    from peninsula.sdk.telling.logs import get_run_logger

    __version__: str

__all__ = [
    "Flow",
    "State",
    "Task",
    "allow_failure",
    "aserve",
    "deploy",
    "emit_event",
    "flow",
    "get_run_logger",
    "opaque",
    "pause_flow_run",
    "quote",
    "resume_flow_run",
    "runtime",
    "serve",
    "suspend_flow_run",
    "tags",
    "task",
    "unmapped",
]

_PLACES = {
    "Flow": "peninsula.sdk.flows",
    "State": "peninsula.sdk.states",
    "Task": "peninsula.sdk.tasks",
    "allow_failure": "peninsula.sdk.arguments.annotations",
    "aserve": "peninsula.sdk.deployments.serving",
    "deploy": "peninsula.sdk.deployments.deploying",
    "emit_event": "peninsula.sdk.emit",
    "flow": "peninsula.sdk.flows",
    "get_run_logger": "peninsula.sdk.telling.logs",
    "opaque": "peninsula.sdk.arguments.annotations",
    "pause_flow_run": "peninsula.sdk.pausing",
    "quote": "peninsula.sdk.arguments.annotations",
    "resume_flow_run": "peninsula.sdk.pausing",
    "serve": "peninsula.sdk.deployments.serving",
    "suspend_flow_run": "peninsula.sdk.pausing",
    "tags": "peninsula.sdk.runs",
    "task": "peninsula.sdk.tasks",
    "unmapped": "peninsula.sdk.arguments.annotations",
}


if not TYPE_CHECKING:  # to a type checker, a name that is not above is a mistake

    def __getattr__(name: str) -> Any:
        if name == "runtime":
            return import_module("peninsula.runtime")
        if name == "__version__":
            return import_module("importlib.metadata").version("peninsula")
        try:
            place = _PLACES[name]
        except KeyError:
            raise import_module("peninsula.sdk.missing").of_package(name) from None
        value = globals()[name] = getattr(import_module(place), name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__"})
