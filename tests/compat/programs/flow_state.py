"""With return_state a flow gives its state."""

from peninsula import flow


@flow
def answer():
    return 42


def main():
    state = answer(return_state=True)
    return [state.type.value, state.name, state.result()]
