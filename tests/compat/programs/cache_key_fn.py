"""cache_key_fn names the result."""

import uuid

from peninsula import flow, task

KEY = uuid.uuid4().hex
calls = []


def key(context, parameters):
    return f"{KEY}-{parameters['value'] % 2}"


@task(cache_key_fn=key)
def work(value):
    calls.append(value)
    return value


@flow
def run():
    return [work(1), work(2), work(3), calls]


def main():
    return run()
