"""A generator function is a task that yields."""

from peninsula import flow, task


@task
def numbers():
    yield 1
    yield 2


@flow
def run():
    return [number * 10 for number in numbers()]


def main():
    return run()
