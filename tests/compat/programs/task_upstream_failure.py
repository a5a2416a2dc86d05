"""A task whose input failed is not run."""

from peninsula import flow, task


@task
def broken():
    raise ValueError("x")


@task
def use(value):
    return value


@flow
def run():
    future = use.submit(broken.submit())
    future.wait()
    return [future.state.type.value, future.state.name]


def main():
    return run(return_state=True).result(raise_on_failure=False)
