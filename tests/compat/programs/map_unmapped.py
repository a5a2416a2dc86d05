"""unmapped and defaults go to each run as they are."""

from peninsula import flow, task, unmapped


@task
def add(number, more, factor=2):
    return [number, more, factor]


@flow
def run():
    return add.map([1, 2], unmapped([5, 6])).result()


def main():
    return run()
