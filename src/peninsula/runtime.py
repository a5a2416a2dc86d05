"""What code runs in: its flow run and its task run."""

from peninsula.sdk.runtime import flow_run, task_run

__all__ = ["flow_run", "task_run"]
