"""Map a function over many items, by Dask alone, on threads of this process."""

import json
import resource
import sys
import time

from distributed import Client, LocalCluster


def nothing(number: int) -> int:
    """Do nothing."""
    return number


def main(count: int) -> dict[str, float]:
    """Return seconds for an item, and KiB for an item beyond the first tenth."""
    cluster = LocalCluster(
        n_workers=1, threads_per_worker=4, processes=False, dashboard_address=None
    )
    with cluster, Client(cluster) as client:
        client.gather(client.map(nothing, range(count // 10), pure=False))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started = time.perf_counter()
        client.gather(client.map(nothing, range(count), pure=False))
        took = time.perf_counter() - started
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {"item": took / count, "memory": grown / count}


if __name__ == "__main__":
    print("SAID", json.dumps(main(int(sys.argv[1]))), flush=True)
