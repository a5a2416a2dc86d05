"""Tasks that yield: the consumer begins before the producer is done."""

from collections.abc import Iterator

from peninsula import flow, task


@task
def lines() -> Iterator[str]:
    """Run while somebody takes values."""
    yield from ("one", "two", "three")


@task
def measure(line: str) -> int:
    """Depend on the task that yielded the line."""
    return len(line)


@flow
def lengths() -> list[int]:
    """Take one after the other."""
    return [measure(line) for line in lines()]


if __name__ == "__main__":
    print(lengths())
