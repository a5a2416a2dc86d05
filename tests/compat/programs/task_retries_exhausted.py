"""After its last retry a task fails with the exception."""

from peninsula import flow, task

attempts = []


@task(retries=1, retry_delay_seconds=[0])
def broken():
    attempts.append(1)
    raise KeyError("x")


@flow
def run():
    state = broken(return_state=True)
    return [state.name, repr(state.result(raise_on_failure=False)), len(attempts)]


def main():
    return run()
