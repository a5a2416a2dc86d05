"""refresh_cache makes a result anew."""

import uuid

from peninsula import flow, task
from peninsula.cache_policies import INPUTS

calls = []


@task(cache_policy=INPUTS, refresh_cache=True)
def work(key):
    calls.append(1)
    return len(calls)


@flow
def run():
    key = uuid.uuid4().hex
    return [work(key), work(key)]


def main():
    return run()
