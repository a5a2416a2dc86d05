"""A flow returns what its function returns."""

from peninsula import flow


@flow
def total(numbers: list[int]) -> int:
    return sum(numbers)


def main():
    return total([1, 2, 3])
