"""A task that takes too long fails as TimedOut."""

import time

from peninsula import flow, task


@task(timeout_seconds=0.2)
def slow():
    for _ in range(100):
        time.sleep(0.05)


@flow
def run():
    state = slow(return_state=True)
    return [state.type.value, state.name]


def main():
    return run()
