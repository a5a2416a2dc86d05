"""Let only so many at a time use what is scarce, wherever they run."""

from peninsula import flow, task
from peninsula.concurrency.sync import concurrency


@task
def query(number: int) -> int:
    """Hold one of the slots; a limit is made by `peninsula concurrency-limit set database`."""
    with concurrency("database"):
        return number * 10


@flow
def load() -> list[int]:
    """Without such a limit nothing is limited, and the log says so."""
    return query.map([1, 2]).result()


if __name__ == "__main__":
    print(load())
