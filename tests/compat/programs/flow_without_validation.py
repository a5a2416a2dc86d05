"""validate_parameters=False leaves them as they are."""

from peninsula import flow


@flow(validate_parameters=False)
def same(number: int):
    return number


def main():
    return same("5")
