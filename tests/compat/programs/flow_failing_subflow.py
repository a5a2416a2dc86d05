"""A failing subflow fails the flow that does not catch it."""

from peninsula import flow


@flow
def inner():
    raise KeyError("gone")


@flow
def outer():
    inner()


@flow
def catching():
    try:
        inner()
    except KeyError:
        return "caught"


def main():
    return [outer(return_state=True).name, catching()]
