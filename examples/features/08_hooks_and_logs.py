"""Hear of states, and write to the log of a run."""

from peninsula import flow, get_run_logger, task


@task
def check(rows: int) -> None:
    """Fail, and say why."""
    get_run_logger().warning("only %d rows", rows)
    raise ValueError("too few rows")


@check.on_failure
def tell(task, task_run, state) -> None:
    """Be called when a run has failed for good."""
    print(f"hook: {task_run.name} is {state.name}")


@flow(log_prints=True)
def nightly() -> str:
    """What is printed in here goes to the run's log."""
    print("begins")
    check(3, return_state=True)
    return "went on"


if __name__ == "__main__":
    print(nightly())
