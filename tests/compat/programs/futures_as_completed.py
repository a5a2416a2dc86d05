"""as_completed gives futures as they end."""

from peninsula import flow, task
from peninsula.futures import as_completed


@task
def work(number):
    return number


@flow
def run():
    return sorted(future.result() for future in as_completed([work.submit(n) for n in range(3)]))


def main():
    return run()
