"""A flow called in a flow is a subflow, with a state of its own."""

from peninsula import flow, task


@task
def double(number):
    return number * 2


@flow
def inner(number):
    return double(number)


@flow
def outer():
    state = inner(3, return_state=True)
    return [inner(2), state.name, state.result()]


def main():
    return outer()
