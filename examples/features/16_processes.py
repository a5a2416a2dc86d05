"""Run tasks in processes of their own: each has its own interpreter, memory and journal."""

import os

from peninsula import flow, task
from peninsula.task_runners import ProcessPoolTaskRunner


@task
def crunch(number: int) -> tuple[int, int]:
    """Use a processor of its own."""
    return number**2, os.getpid()


@flow(task_runner=ProcessPoolTaskRunner(max_workers=2))
def squares() -> list[int]:
    """The runs, logs and edges are as with threads."""
    found = crunch.map([1, 2, 3]).result()
    assert os.getpid() not in {process for _, process in found}
    return [square for square, _ in found]


if __name__ == "__main__":
    print(squares())
