"""Map a task over many items, and call a cached one again and again, by Peninsula or Prefect."""

import json
import resource
import sys
import time
from importlib import import_module
from operator import attrgetter

library = sys.argv[1]
flow, task = attrgetter("flow", "task")(import_module(library))
INPUTS = import_module(f"{library}.cache_policies").INPUTS


@task
def nothing(number: int) -> int:
    """Do nothing."""
    return number


@task(cache_policy=INPUTS)
def cached(number: int) -> int:
    """Do nothing, once."""
    return number


def peak() -> int:
    """Return the most memory that this process ever had, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@flow
def many(count: int) -> dict[str, float]:
    """Return seconds for an item, KiB for an item beyond the first tenth, seconds for a hit."""
    nothing.map(range(count // 10)).result()
    before = peak()
    started = time.perf_counter()
    nothing.map(range(count)).result()
    took = time.perf_counter() - started
    grown = peak() - before
    cached(1)
    hits = count // 10
    started = time.perf_counter()
    for _ in range(hits):
        cached(1)
    hit = (time.perf_counter() - started) / hits
    return {"item": took / count, "memory": grown / count, "hit": hit}


if __name__ == "__main__":
    print("SAID", json.dumps(many(int(sys.argv[2]))), flush=True)
