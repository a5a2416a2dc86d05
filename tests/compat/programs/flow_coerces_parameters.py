"""Parameters become what their annotations say."""

from datetime import date

from peninsula import flow


@flow
def describe(day: date, count: int, names: list[str]):
    return [day.isoformat(), count + 1, names]


def main():
    return describe("2026-01-31", "4", ("a", "b"))
