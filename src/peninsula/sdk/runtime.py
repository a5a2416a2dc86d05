"""Tell code what it runs in: `from peninsula.runtime import deployment, flow_run, task_run`.

Outside of runs every attribute is None, or empty.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from peninsula.sdk.runs import Deployed, FlowRun, Run, TaskRun, current_run

__all__ = ["deployment", "flow_run", "task_run"]


class RunAttributes:
    """What is known of a run of one kind around the code."""

    def _run(self) -> Run | None:
        raise NotImplementedError

    @property
    def id(self) -> str | None:
        """The id of the run, as text."""
        run = self._run()
        return None if run is None else str(run.id)

    @property
    def name(self) -> str | None:
        """The name of the run."""
        run = self._run()
        return None if run is None else run.name

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters, with the results of futures in their place."""
        run = self._run()
        return {} if run is None else run.parameters

    @property
    def tags(self) -> list[str]:
        """The tags, in alphabetical order."""
        run = self._run()
        return [] if run is None else sorted(run.tags)

    @property
    def run_count(self) -> int:
        """How often the run was begun, this attempt included."""
        run = self._run()
        return 0 if run is None else run.run_count

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"


class FlowRunAttributes(RunAttributes):
    """What is known of the flow run around the code."""

    def _run(self) -> FlowRun | None:
        run = current_run()
        return None if run is None else run.flow_run

    @property
    def flow_name(self) -> str | None:
        """The name of the flow."""
        run = self._run()
        return None if run is None else run.flow_name

    @property
    def flow_version(self) -> str | None:
        """The version that the flow declares."""
        run = self._run()
        return None if run is None else run.definition.version

    @property
    def parent_flow_run_id(self) -> str | None:
        """The id of the flow run around this one."""
        run = self._run()
        around = None if run is None or run.parent is None else run.parent.flow_run
        return None if around is None else str(around.id)

    @property
    def root_flow_run_id(self) -> str | None:
        """The id of the outermost flow run."""
        run = self._run()
        while run is not None and run.parent is not None and run.parent.flow_run is not None:
            run = run.parent.flow_run
        return None if run is None else str(run.id)

    @property
    def scheduled_start_time(self) -> datetime:
        """When the run was to start: the moment of its schedule; now, outside of runs."""
        run = self._run()
        known = None if run is None else run.expected or run.start_time
        return known or datetime.now(UTC)


class TaskRunAttributes(RunAttributes):
    """What is known of the task run around the code."""

    def _run(self) -> TaskRun | None:
        run = current_run()
        return run if isinstance(run, TaskRun) else None

    @property
    def task_name(self) -> str | None:
        """The name of the task."""
        run = self._run()
        return None if run is None else run.task_name


class DeploymentAttributes:
    """What is known of the deployment that made the outermost flow run around the code."""

    def _made(self) -> Deployed | None:
        run = current_run()
        root = None if run is None else run.root
        return root.deployed if isinstance(root, FlowRun) else None

    @property
    def id(self) -> str | None:
        """The id of the deployment, as text; None in a run that a program began."""
        made = self._made()
        return None if made is None or made.id is None else str(made.id)

    @property
    def name(self) -> str | None:
        """The name of the deployment, without that of its flow."""
        made = self._made()
        return None if made is None else made.name

    @property
    def version(self) -> str | None:
        """The version of the deployment when the run was made."""
        made = self._made()
        return None if made is None else made.version

    @property
    def flow_run_id(self) -> str | None:
        """The id of the run that the deployment made."""
        run = current_run()
        return None if run is None or self._made() is None else str(run.root.id)

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters that the run was given, without defaults of the flow's function."""
        made = self._made()
        return {} if made is None else made.parameters

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"


deployment: Final = DeploymentAttributes()
"""The deployment of the run, as attributes: `deployment.name`."""
flow_run: Final = FlowRunAttributes()
"""The innermost flow run around the code, as attributes: `flow_run.name`."""
task_run: Final = TaskRunAttributes()
"""The task run around the code, as attributes: `task_run.run_count`."""
