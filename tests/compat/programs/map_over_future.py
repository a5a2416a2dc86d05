"""map takes the items of a future's result."""

from peninsula import flow, task


@task
def numbers():
    return [1, 2, 3]


@task
def double(number):
    return number * 2


@flow
def run():
    futures = double.map(numbers.submit())
    return [future.result() for future in double.map(futures)]


def main():
    return run()
