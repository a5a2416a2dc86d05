"""A failed task run is tried again, and counted."""

from peninsula import flow, task

attempts = []


@task(retries=3, retry_delay_seconds=0)
def flaky():
    attempts.append(1)
    if len(attempts) < 3:
        raise ValueError("again")
    return len(attempts)


@flow
def run():
    return flaky()


def main():
    return run()
