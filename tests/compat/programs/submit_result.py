"""submit gives a future."""

from peninsula import flow, task


@task
def add(a, b):
    return a + b


@flow
def run():
    first = add.submit(1, 2)
    second = add.submit(first, 10)
    return [first.result(), second.result(), second.state.name]


def main():
    return run()
