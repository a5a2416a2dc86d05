"""allow_failure hands the exception on."""

from peninsula import allow_failure, flow, task


@task
def broken():
    raise ValueError("x")


@task
def use(value):
    return repr(value)


@flow
def run():
    return use.submit(allow_failure(broken.submit())).result()


def main():
    return run()
