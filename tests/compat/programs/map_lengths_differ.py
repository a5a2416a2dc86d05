"""map over lists of different length is refused."""

from peninsula import flow, task


@task
def add(a, b):
    return a + b


@flow
def run():
    try:
        add.map([1, 2], [1, 2, 3])
    except Exception as error:
        return "refused" if "length" in str(error) else str(error)


def main():
    return run()
