"""A task called in a flow returns what its function returns."""

from peninsula import flow, task


@task
def add(a, b=10):
    return a + b


@flow
def sums():
    return [add(1), add(1, 2), add(b=3, a=4)]


def main():
    return sums()
