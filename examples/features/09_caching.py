"""Make a result once: equal inputs find it, until it expires."""

import tempfile
from datetime import timedelta

from peninsula import flow, task
from peninsula.cache_policies import INPUTS, TASK_SOURCE

RESULTS = tempfile.mkdtemp()  # a folder, or a URL: s3://bucket/results


@task(
    cache_policy=INPUTS + TASK_SOURCE - "verbose",
    cache_expiration=timedelta(hours=1),
    result_storage=RESULTS,
)
def expensive(number: int, verbose: bool = False) -> int:
    """Be called once for each number, whether verbose or not."""
    return number**2


@flow
def squares() -> list[str]:
    """The second one is Cached."""
    states = [expensive(7, return_state=True), expensive(7, verbose=True, return_state=True)]
    return [f"{state.name} {state.result()}" for state in states]


if __name__ == "__main__":
    print(squares())
