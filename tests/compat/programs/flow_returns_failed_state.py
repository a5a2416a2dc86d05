"""A flow that returns a state ends in it."""

from peninsula import flow
from peninsula.states import Completed, Failed


@flow
def refused():
    return Failed(message="not today")


@flow
def named():
    return Completed(message="fine", name="Skipped")


def main():
    first, second = refused(return_state=True), named(return_state=True)
    return [first.name, first.message, second.type.value, second.name, second.message]
