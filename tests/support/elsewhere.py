"""A flow that uses all there is, for runners that take its tasks elsewhere."""

from __future__ import annotations

import os
import time
from threading import Lock
from typing import Any

from sqlalchemy.exc import DBAPIError

from peninsula import allow_failure, emit_event, flow, get_run_logger, tags, task, unmapped
from peninsula.blocks import Block
from peninsula.cache_policies import INPUTS
from peninsula.journal import emitter
from peninsula.runtime import flow_run, task_run
from peninsula.sdk.settings import settings
from peninsula.transactions import transaction

__all__ = [
    "ask_shop",
    "dependencies",
    "dependencies_async",
    "everything",
    "fetch",
    "fetch_inside",
    "move",
    "whereabouts",
]


WORKED: list[Any] = []
"""What this process has fetched."""


def move(home: str) -> None:
    """Have this process tell to another home, as each test has its own."""
    emitter.current().close(0)
    settings.cache_clear()
    os.environ["PENINSULA_HOME"] = home


@task(tags=["arithmetic"], log_prints=True)
def double(number):
    """Return it twice, and say so in every way."""
    print(f"doubling {number}")  # noqa: T201  it goes to the log
    get_run_logger().info("in %s of %s", task_run.name, flow_run.flow_name)
    return [number * 2]


@task(task_run_name="sum-of-{left}-and-{right}")
def add(left, right):
    """Return the sum of two lists' heads."""
    return left[0] + right


class Shop(Block):
    """Fails by exceptions that do not go well to other processes."""

    _system = "https://shop.internal"

    def refused(self):
        """Raise what says for itself what it is made of."""
        raise DBAPIError("select 1", None, LookupError("no table"))

    def unsendable(self):
        """Raise what holds something that cannot be sent."""
        raise LookupError(Lock())


@task
def ask_shop(what):
    """Fail by it."""
    getattr(Shop(), what)()


@task(retries=1)
def flaky():
    """Fail the first time."""
    if task_run.run_count == 1:
        raise ValueError("no rows yet")
    return "rows"


@task
def fail():
    """Fail with an event told inside."""
    emit_event("warehouse.refused", resource={"peninsula.resource.id": "warehouse.main"})
    raise LookupError("no table")


@task
def look_at(problem):
    """Return what it got."""
    return f"{type(problem).__name__}: {problem}"


@task(cache_policy=INPUTS.configure(isolation_level="SERIALIZABLE"))
def fetch(number):
    """Alone among those of its key; say where and how often that was."""
    WORKED.append(number)
    return number, os.getpid(), len(WORKED)


@task
def fetch_inside(key, number):
    """Open a transaction of a key around it."""
    with transaction(key, isolation_level="SERIALIZABLE"):
        return fetch(number), fetch.submit(number).result()


@flow
def subflow(number):
    """Double below."""
    return double(number)


@task
def outer(number):
    """Submit, call and nest."""
    first = double.submit(number)
    return add(first.result(), 1) + subflow(number)[0]


@task
def load(count=3):
    """Return numbers, as a list that is known again."""
    return list(range(count))


@task
def total(numbers):
    """Add them up."""
    return sum(numbers)


@task
def is_large(number):
    """Return what is no value that could be known."""
    return number > 2


@task
def totals(tables, large):
    """Call and submit with what it was given, which is a result, or holds some."""
    called = [total(table) for table in tables.values()]
    is_large(large)
    return called + [total.submit(table).result() for table in tables.values()]


@task
def nested():
    """Return a result of another task, so deep that it is not taken for one of this."""
    return {"own": {"rows": load(4)}}


@flow
def dependencies():
    """Pass results on as plain values: into submitted tasks, and out of them."""
    tables = {"given": load(), "submitted": load.submit(2)}
    found = totals.submit(tables, is_large(4)).result()
    return [*found, total(nested.submit().result()["own"]["rows"])]


@task(name="total")
async def total_async(numbers):
    """Add them up, in an event loop."""
    return sum(numbers)


@task(name="totals")
async def totals_async(tables, large):
    """Call and submit as `totals` does, in an event loop."""
    called = [await total_async(table) for table in tables.values()]
    is_large(large)
    submitted = [total_async.submit(table) for table in tables.values()]
    return called + [await future.result_async() for future in submitted]


@task(name="nested")
async def nested_async():
    """Return what `nested` does, from an event loop."""
    return {"own": {"rows": load(4)}}


@flow(name="dependencies")
async def dependencies_async():
    """Pass results on as `dependencies` does, in an event loop."""
    tables = {"given": load(), "submitted": load.submit(2)}
    found = await totals_async.submit(tables, is_large(4)).result_async()
    deep = await nested_async.submit().result_async()
    return [*found, await total_async(deep["own"]["rows"])]


@task(timeout_seconds=0.2)
def slow():
    """Take longer than it may."""
    while True:  # a thread is interrupted between two sleeps only
        time.sleep(0.01)


@task
async def coroutine(text):
    """Return it in capitals."""
    return text.upper()


@task
def whereabouts():
    """Return the id of the process."""
    return os.getpid()


@flow
def everything(day: str) -> dict[str, Any]:
    """Use all that a task runner has to bring about."""
    with tags("nightly"):
        doubled = double.submit(4)
    failed = fail.submit()
    mapped = add.map([doubled, doubled], unmapped(1))
    given = load()
    deep = nested.submit().result()["own"]["rows"]
    return {
        "sum": add.submit(doubled, 1).result(),
        "mapped": mapped.result(),
        "flaky": flaky.submit().result(),
        "failed": look_at.submit(allow_failure(failed)).result(),
        "not ready": add.submit(failed, 1, return_state=True).name,
        "outer": outer.submit(3).result(),
        "totals": totals.submit(
            {"given": given, "submitted": load.submit(2)}, is_large(4)
        ).result(),
        "deep": total(deep),
        "slow": slow.submit(return_state=True).name,
        "coroutine": coroutine.submit(day, wait_for=[doubled]).result(),
    }
