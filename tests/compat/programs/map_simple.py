"""map runs a task for each item."""

from peninsula import flow, task


@task
def square(number):
    return number**2


@flow
def run():
    return square.map([1, 2, 3]).result()


def main():
    return run()
