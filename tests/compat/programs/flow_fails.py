"""An exception in a flow ends it Failed, and reaches the caller."""

from peninsula import flow


@flow
def broken():
    raise ValueError("no rows")


def main():
    state = broken(return_state=True)
    try:
        broken()
    except ValueError as error:
        return [state.name, str(error)]
