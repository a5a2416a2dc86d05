"""wait tells which futures are done."""

from peninsula import flow, task
from peninsula.futures import wait


@task
def work(number):
    return number


@flow
def run():
    futures = [work.submit(n) for n in range(3)]
    done, not_done = wait(futures)
    return [len(done), len(not_done)]


def main():
    return run()
