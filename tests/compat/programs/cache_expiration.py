"""A cached result expires."""

import time
import uuid
from datetime import timedelta

from peninsula import flow, task
from peninsula.cache_policies import INPUTS

calls = []


@task(cache_policy=INPUTS, cache_expiration=timedelta(seconds=0.1))
def work(key):
    calls.append(1)


@flow
def run():
    key = uuid.uuid4().hex
    work(key)
    work(key)
    time.sleep(0.2)
    work(key)
    return len(calls)


def main():
    return run()
