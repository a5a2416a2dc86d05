"""A coroutine function is a flow as well."""

import asyncio

from peninsula import flow, task


@task
async def fetch(number):
    await asyncio.sleep(0)
    return number + 1


@flow
async def gather():
    return await asyncio.gather(fetch(1), fetch(2))


def main():
    return asyncio.run(gather())
