"""NO_CACHE: each call runs."""

from peninsula import flow, task
from peninsula.cache_policies import NO_CACHE

calls = []


@task(cache_policy=NO_CACHE, persist_result=True)
def work(value):
    calls.append(value)


@flow
def run():
    work(1)
    work(1)
    return calls


def main():
    return run()
