"""A sum of policies looks at all of them."""

from peninsula import flow, task
from peninsula.cache_policies import INPUTS, RUN_ID, TASK_SOURCE

calls = []


@task(cache_policy=INPUTS + TASK_SOURCE + RUN_ID)
def work(value):
    calls.append(value)
    return value


@flow
def run():
    return [work(1), work(1)]


def main():
    return [run(), run(), calls]
