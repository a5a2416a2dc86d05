"""A task may call another one."""

from peninsula import flow, task


@task
def inner(number):
    return number + 1


@task
def outer(number):
    return inner(inner(number))


@flow
def run():
    return outer(1)


def main():
    return run()
