"""Values go from a transaction to its hooks."""

from peninsula import flow, task
from peninsula.transactions import get_transaction, transaction

said = []


@task
def write():
    get_transaction().set("path", "a.txt")


@write.on_rollback
def undo(txn):
    said.append([txn.get("path"), txn.get("owner")])


@flow
def run():
    with transaction() as txn:
        txn.set("owner", "me")
        write()
        raise ValueError


def main():
    run(return_state=True)
    return said
