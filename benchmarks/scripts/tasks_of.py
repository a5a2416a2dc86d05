"""Run tasks that do nothing, one after the other, by Peninsula or Prefect."""

import json
import sys
import time
from importlib import import_module
from operator import attrgetter

library = sys.argv[1]
flow, task = attrgetter("flow", "task")(import_module(library))
flow_run = import_module(f"{library}.runtime").flow_run


@task
def nothing(number: int) -> int:
    """Do nothing."""
    return number


@flow
def many(count: int) -> None:
    """Run that many tasks; say how long they took, and when the last was done."""
    started = time.perf_counter()
    for number in range(count):
        nothing(number)
    took = time.perf_counter() - started
    said = {"seconds": took, "ended": time.time(), "run": str(flow_run.id)}
    print("SAID", json.dumps(said), flush=True)


if __name__ == "__main__":
    many(int(sys.argv[2]))
