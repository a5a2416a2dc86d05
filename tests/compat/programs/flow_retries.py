"""A flow that fails is tried again."""

from peninsula import flow

attempts = []


@flow(retries=2)
def flaky():
    attempts.append(1)
    if len(attempts) < 3:
        raise RuntimeError("not yet")
    return len(attempts)


def main():
    return flaky()
