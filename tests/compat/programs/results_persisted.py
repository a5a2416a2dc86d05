"""A persisted result is the same for the caller."""

from peninsula import flow, task


@task(persist_result=True)
def work():
    return {"a": [1, 2]}


@flow(persist_result=True)
def run():
    return work()


def main():
    return run()
