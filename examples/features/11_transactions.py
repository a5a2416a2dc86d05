"""Do several things, or none of them: what was done is undone when a later one fails."""

import tempfile
from pathlib import Path

from peninsula import flow, task
from peninsula.transactions import get_transaction, transaction

FOLDER = Path(tempfile.mkdtemp())


@task
def write(name: str) -> None:
    """Write a file, and remember which."""
    (FOLDER / name).write_text("data")
    get_transaction().set("path", FOLDER / name)


@write.on_rollback
def remove(txn) -> None:
    """Undo it."""
    txn.get("path").unlink()


@task
def check() -> None:
    """Find fault."""
    raise ValueError("the data is bad")


@flow
def publish() -> None:
    """Leave no file behind."""
    with transaction():
        write("a.csv")
        write("b.csv")
        check()


if __name__ == "__main__":
    state = publish(return_state=True)
    print(state.name, list(FOLDER.iterdir()))
