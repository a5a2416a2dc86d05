"""Bound the time that a run may take, and go on without it."""

import time

from peninsula import flow, task


@task(timeout_seconds=0.2)
def slow() -> None:
    """Take too long."""
    time.sleep(10)


@flow
def patient() -> str:
    """With `return_state` a failure is a state, not an exception."""
    state = slow(return_state=True)
    return f"{state.name}: {state.message}"


if __name__ == "__main__":
    print(patient())
