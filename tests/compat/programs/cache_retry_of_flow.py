"""A flow that is retried takes persisted results of its tasks."""

from peninsula import flow, task

calls, tries = [], []


@task(persist_result=True)
def work(value):
    calls.append(value)
    return value


@flow(retries=1)
def run():
    result = work(1)
    tries.append(1)
    if len(tries) < 2:
        raise ValueError("again")
    return result


def main():
    return [run(), calls]
