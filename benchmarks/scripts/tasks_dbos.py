"""Run steps that do nothing, one after the other, by DBOS."""

import json
import os
import sys
import time

from dbos import DBOS

DBOS(config={"name": "tasks", "system_database_url": os.environ["BENCH_DATABASE_URL"]})


@DBOS.step()
def nothing(number: int) -> int:
    """Do nothing."""
    return number


@DBOS.workflow()
def many(count: int) -> None:
    """Run that many steps; say how long they took, and when the last was done."""
    started = time.perf_counter()
    for number in range(count):
        nothing(number)
    took = time.perf_counter() - started
    said = {"seconds": took, "ended": time.time(), "run": DBOS.workflow_id}
    print("SAID", json.dumps(said), flush=True)


if __name__ == "__main__":
    DBOS.launch()
    many(int(sys.argv[1]))
    DBOS.destroy()
