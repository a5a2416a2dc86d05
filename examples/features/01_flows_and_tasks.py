"""Flows and tasks: functions whose calls are runs."""

from peninsula import flow, task


@task
def double(number: int) -> int:
    """Each call is a task run."""
    return number * 2


@flow
def sums(numbers: list[int]) -> int:
    """Parameters are coerced to their annotations: `["1", "2"]` would do as well."""
    return sum(double(number) for number in numbers)


if __name__ == "__main__":
    print(sums([1, 2, 3]))
