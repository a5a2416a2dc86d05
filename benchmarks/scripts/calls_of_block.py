"""Call a method of a block in a loop, and say what a call costs beyond what the method does."""

import json
import resource
import sys
import time
from collections.abc import Callable

from peninsula import flow
from peninsula.blocks import Block, unobserved

FIRST = 100
"""So many are told one by one."""


class Store(Block):
    """A system that answers at once."""

    bucket: str = "lake"

    def _system(self) -> str:
        return f"s3://{self.bucket}"

    def read(self, key: str) -> bytes:
        """Return what is there."""
        return key.encode()

    @unobserved
    def look(self, key: str) -> bytes:
        """Do the same, and tell nothing."""
        return key.encode()


def timed(method: Callable[[str], bytes], count: int) -> float:
    """Return microseconds of the processor's time of one call: what others do does not count."""
    started = time.process_time()
    for _ in range(count):
        method("raw/orders.csv")
    return (time.process_time() - started) / count * 1e6


def peak() -> int:
    """Return KiB that the process held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@flow
def flood(count: int) -> None:
    """Call that often."""
    store = Store()
    plain = timed(store.look, 10_000)
    told = timed(store.read, FIRST) - plain
    timed(store.read, 10_000)
    before = peak()
    each = timed(store.read, count) - plain
    said = {"told": told, "each": each, "grown": peak() - before}
    print("SAID", json.dumps(said), flush=True)


if __name__ == "__main__":
    flood(int(sys.argv[1]))
