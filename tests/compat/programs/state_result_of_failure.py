"""The result of a failed state is its exception."""

from peninsula import flow, task


@task
def broken():
    raise ZeroDivisionError("by zero")


@flow
def run():
    state = broken(return_state=True)
    try:
        state.result()
    except ZeroDivisionError as error:
        return [str(error), type(state.result(raise_on_failure=False)).__name__]


def main():
    return run()
