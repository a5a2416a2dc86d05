"""A task runs outside of flows, too."""

from peninsula import task


@task
def add(a, b):
    return a + b


def main():
    state = add(1, 2, return_state=True)
    return [add(3, 4), state.name, state.result()]
