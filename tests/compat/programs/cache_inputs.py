"""INPUTS: equal arguments run once."""

import uuid

from peninsula import flow, task
from peninsula.cache_policies import INPUTS

calls = []


@task(cache_policy=INPUTS)
def work(key, value):
    calls.append(value)
    return value


@flow
def run():
    key = uuid.uuid4().hex
    states = [work(key, n, return_state=True) for n in (1, 1, 2)]
    return [[s.name, s.result()] for s in states] + [calls]


def main():
    return run()
