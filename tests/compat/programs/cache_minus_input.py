"""INPUTS minus a name does not look at it."""

import uuid

from peninsula import flow, task
from peninsula.cache_policies import INPUTS

calls = []


@task(cache_policy=INPUTS - "debug")
def work(key, debug):
    calls.append(debug)
    return debug


@flow
def run():
    key = uuid.uuid4().hex
    return [work(key, True), work(key, False), calls]


def main():
    return run()
