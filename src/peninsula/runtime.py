"""What code runs in: its flow run and its task run, and the deployment that made them."""

from peninsula.sdk.runtime import deployment, flow_run, task_run

__all__ = ["deployment", "flow_run", "task_run"]
