"""wait_for orders tasks that pass nothing on."""

from peninsula import flow, task

order = []


@task
def step(name):
    order.append(name)


@flow
def run():
    first = step.submit("first")
    second = step.submit("second", wait_for=[first])
    step("third", wait_for=[second])
    return order


def main():
    return run()
