"""submit with return_state waits for the state."""

from peninsula import flow, task


@task
def work():
    return 1


@flow
def run():
    state = work.submit(return_state=True)
    return [state.name, state.result()]


def main():
    return run()
