"""Find the flow or tasks that `flow.py:nightly` or `package.module:nightly` names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from peninsula.sdk.modules import CodeError, all_of, module_at, one_of

if TYPE_CHECKING:
    from peninsula.sdk.flows import Flow
    from peninsula.sdk.tasks import Task

__all__ = ["CodeError", "load_flow", "load_tasks", "module_at"]


def load_flow(target: str) -> Flow[..., Any]:
    """Return the flow named after the colon, or the only one there is.

    Raises NotFoundError or InvalidError naming what is there, and CodeError where the module fails.
    """
    from peninsula.sdk.flows import Flow  # noqa: PLC0415  weight: not for --help

    return one_of(target, Flow, "flow")


def load_tasks(target: str) -> list[Task[..., Any]]:
    """Return the task named after the colon, or all there are.

    Raises NotFoundError naming what is there, and CodeError where the module fails.
    """
    from peninsula.sdk.tasks import Task  # noqa: PLC0415  weight: as above

    return all_of(target, Task, "task")
