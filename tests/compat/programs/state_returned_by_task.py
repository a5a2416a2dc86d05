"""A task that returns a state ends in it."""

from peninsula import flow, task
from peninsula.states import Completed, Failed


@task
def refuse(number):
    return Failed(message="too small") if number < 3 else Completed(message="fine", data=number)


@flow
def run():
    states = [refuse(n, return_state=True) for n in (1, 5)]
    return [[s.name, s.message] for s in states]


def main():
    return run(return_state=True).result(raise_on_failure=False)
