"""What type checkers make of calls: this file is checked, not run."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from typing import Any, assert_type

from peninsula import State, flow, task
from peninsula.futures import DoneAndNotDoneFutures, Future, FutureList, as_completed, wait
from peninsula.states import get_state_result


@task
def length(text: str) -> int:
    """Be a plain task."""
    return len(text)


@task(retries=2)
async def fetch(url: str) -> bytes:
    """Be a task of a coroutine function."""
    return url.encode()


@task
def rows(count: int) -> Generator[str, None, int]:
    """Be a task of a generator function."""
    yield from map(str, range(count))
    return count


@task
def lines(count: int) -> Iterator[str]:
    """Be one whose function says less."""
    yield from map(str, range(count))


@task
async def pages(count: int) -> AsyncGenerator[str, None]:
    """Be a task of an async generator function."""
    for number in range(count):
        yield str(number)


@task
async def leaves(count: int) -> AsyncIterator[str]:
    """Be one whose function says less."""
    for number in range(count):
        yield str(number)


class Warehouse:
    """Have methods."""

    @task
    def read(self, table: str) -> list[str]:
        """Be a task."""
        return [table]

    @flow
    async def load(self, table: str) -> int:
        """Be a flow."""
        return len(table)


@flow
def nightly(day: str) -> float:
    """Be a plain flow."""
    return float(day)


@flow(log_prints=True)
async def hourly(hour: int) -> float:
    """Be a flow of a coroutine function."""
    return hour


@flow
def stream(count: int) -> Generator[str, None, None]:
    """Be a flow of a generator function."""
    yield from rows(count)


async def calls() -> None:
    """Call all of them."""
    assert_type(length("a"), int)
    assert_type(length("a", return_state=True), State[int])
    assert_type(length("a", wait_for=[1]), int)
    assert_type(await fetch("a"), bytes)
    assert_type(await fetch("a", return_state=True), State[bytes])
    assert_type(nightly("1"), float)
    assert_type(nightly("1", return_state=True), State[float])
    assert_type(await hourly(1), float)
    assert_type(await hourly(1, return_state=True), State[float])
    length(1)  # type: ignore[call-overload]  # parameters are checked
    nightly()  # type: ignore[call-overload]  # as above


async def states(counted: State[int], unknown: State) -> None:
    """Take results out of states."""
    assert_type(counted.result(), int)
    assert_type(counted.result(raise_on_failure=False), int | BaseException)
    assert_type(await counted.aresult(), int)
    assert_type(unknown.result(), Any)
    assert_type(get_state_result(counted), int)


async def generators() -> None:
    """Iterate over calls."""
    assert_type(rows(1), Generator[str, None, int])
    assert_type(next(lines(1)), str)
    assert_type([row for row in stream(1)], list[str])  # noqa: C416  it says what is yielded
    assert_type([page async for page in pages(1)], list[str])
    assert_type(leaves(1), AsyncIterator[str])


async def submitted() -> None:
    """Take futures."""
    assert_type(length.submit("a"), Future[int])
    assert_type(length.submit("a").result(), int)
    assert_type(await length.submit("a").result_async(), int)
    assert_type(length.submit("a", return_state=True), State[int])
    assert_type(fetch.submit("a", return_state=True), State[bytes])
    assert_type(rows.submit(1, return_state=True), State[list[str]])
    assert_type(length.submit("a").state, State[int])
    assert_type(length.submit(length.submit("a"), wait_for=[1]), Future[int])
    assert_type(fetch.submit("a"), Future[bytes])
    assert_type(rows.submit(1), Future[list[str]])
    assert_type(pages.submit(1), Future[list[str]])
    assert_type(leaves.submit(length.submit("a")), Future[list[str]])


def mapped() -> None:
    """Take many."""
    assert_type(length.map(["a"]), FutureList[int])
    assert_type(length.map(["a"]).result(), list[int])
    assert_type(length.map(["a"], return_state=True), list[State[int]])
    assert_type(fetch.map(["a"]), FutureList[bytes])
    assert_type(rows.map([1]), FutureList[list[str]])
    assert_type(pages.map([1]).result(), list[list[str]])
    assert_type([future.result() for future in as_completed(length.map(["a"]))], list[int])
    assert_type(wait(fetch.map(["a"])), DoneAndNotDoneFutures[bytes])


async def methods() -> None:
    """Find them on an object."""
    house = Warehouse()
    assert_type(house.read("orders"), list[str])
    assert_type(house.read.submit("orders"), Future[list[str]])
    assert_type(house.read.with_options(retries=1)("orders"), list[str])
    assert_type(await house.load("orders"), int)
    assert_type(Warehouse.read(house, "orders"), list[str])
