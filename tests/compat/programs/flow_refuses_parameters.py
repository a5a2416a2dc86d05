"""A parameter that cannot be coerced fails the run before it begins."""

from peninsula import flow


@flow
def count(number: int):
    return number


def main():
    return count("many", return_state=True).type.value
