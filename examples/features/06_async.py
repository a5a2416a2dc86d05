"""Coroutine functions are flows and tasks as well."""

import asyncio

from peninsula import flow, task


@task
async def fetch(number: int) -> int:
    """Wait as a request would."""
    await asyncio.sleep(0.01)
    return number + 1


@flow
async def gather() -> list[int]:
    """Run them concurrently, in one thread."""
    return await asyncio.gather(*(fetch(number) for number in range(3)))


if __name__ == "__main__":
    print(asyncio.run(gather()))
