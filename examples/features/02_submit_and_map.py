"""Submit tasks to run at once, map them over items, and wait for what is first."""

import time

from peninsula import flow, task, unmapped
from peninsula.futures import as_completed


@task
def fetch(page: int, size: int = 10) -> int:
    """Take longer for later pages."""
    time.sleep(page / 100)
    return page * size


@flow
def crawl() -> list[int]:
    """Run three at once, take each as it is done, and give them by size."""
    first = fetch.submit(0)
    pages = fetch.map([3, 1, 2], size=unmapped(100), wait_for=[first])
    return sorted(future.result() for future in as_completed(pages))


if __name__ == "__main__":
    print(crawl())
