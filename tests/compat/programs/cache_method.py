"""Methods are cached by their object, too: equal objects share results, others do not."""

import uuid

from peninsula import flow, task
from peninsula.cache_policies import INPUTS

run_key = uuid.uuid4().hex
calls = []
seen = []


def by_name(context, parameters):
    """Return a key by the object's name, and note what keys are made from."""
    seen.append([sorted(parameters), sorted(context.parameters)])
    return f"{run_key}-{parameters['self'].name}-{parameters['n']}"


class Repo:
    """Somewhere that rows come from."""

    kind = "repo"

    def __init__(self, name):
        self.name = name
        self.key = run_key

    @task(cache_policy=INPUTS)
    def fetch(self, n):
        calls.append(self.name)
        return f"{self.name}-{n}"

    @task(cache_key_fn=by_name)
    def keyed(self, n):
        return f"{self.name}-{n}"

    @task(persist_result=True)
    def kept(self, n):
        return f"{self.name}-{n}"

    @classmethod
    @task(cache_policy=INPUTS)
    def where(cls, key, n):
        return f"{cls.kind}-{n}"


class Lake(Repo):
    """Another."""

    kind = "lake"


@flow
def run():
    a, b = Repo("a"), Repo("b")
    states = [each.fetch(1, return_state=True) for each in (a, b, Repo("a"))]
    return [
        [[state.name, state.result()] for state in states],
        calls,
        [each.fetch.submit(2).result() for each in (a, b)],
        [each.fetch.map([3, 4]).result() for each in (a, b)],
        [each.keyed(1) for each in (a, b)],
        seen,
        [each.kept(1) for each in (a, b)],
        [each.where(run_key, 1) for each in (Repo, Lake)],
    ]


def main():
    return run()
