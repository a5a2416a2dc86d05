"""Run 300 tasks that compute a little, and say when half of them are done."""

import json
import sys
import time

from peninsula import flow, task
from peninsula.runtime import flow_run


@task
def compute(number: int) -> int:
    """Take some milliseconds of a processor."""
    return sum(number * other for other in range(100_000))


@flow
def half_and_half(count: int) -> None:
    """Run that many tasks."""
    total = 0
    for number in range(count):
        if number == count // 2:
            print("HALF", flush=True)
        total += compute(number)
    print("TOTAL", json.dumps({"total": total, "run": str(flow_run.id)}), flush=True)


if __name__ == "__main__":
    started = time.perf_counter()
    half_and_half(int(sys.argv[1]))
    seconds = time.perf_counter() - started
    print("SAID", json.dumps({"seconds": seconds, "ended": time.time()}), flush=True)
