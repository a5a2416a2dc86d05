"""Tasks in a transaction commit together."""

from peninsula import flow, task
from peninsula.transactions import transaction

said = []


@task
def write(name):
    said.append(f"write {name}")


@write.on_commit
def committed(txn):
    said.append("commit")


@flow
def run():
    with transaction():
        write("a")
        said.append("end")


def main():
    run()
    return said
