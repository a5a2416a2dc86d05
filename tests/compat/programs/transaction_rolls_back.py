"""What was done is undone when a later task fails."""

from peninsula import flow, task
from peninsula.transactions import transaction

said = []


@task
def write(name):
    said.append(f"write {name}")


@write.on_rollback
def undo(txn):
    said.append("undo")


@task
def check():
    raise ValueError("bad")


@flow
def run():
    with transaction():
        write("a")
        check()


def main():
    state = run(return_state=True)
    return [state.type.value, said]
