"""A flow that catches a task's failure completes."""

from peninsula import flow, task


@task
def broken():
    raise ValueError("x")


@flow
def run():
    try:
        broken()
    except ValueError:
        pass
    return "went on"


def main():
    state = run(return_state=True)
    return [state.name, state.result()]
