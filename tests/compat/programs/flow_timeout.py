"""A flow that takes too long is TimedOut, which is a failure."""

import time

from peninsula import flow


@flow(timeout_seconds=0.3)
def slow():
    for _ in range(100):
        time.sleep(0.05)


def main():
    state = slow(return_state=True)
    return [state.type.value, state.name]
