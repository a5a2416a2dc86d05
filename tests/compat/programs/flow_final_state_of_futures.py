"""A flow that returns futures ends as they did."""

from peninsula import flow, task


@task
def work(number):
    if number == 2:
        raise ValueError("two")
    return number


@flow
def some():
    return [work.submit(n) for n in (1, 2, 3)]


@flow
def all_well():
    return [work.submit(n) for n in (1, 3)]


def main():
    return [some(return_state=True).type.value, all_well(return_state=True).type.value]
