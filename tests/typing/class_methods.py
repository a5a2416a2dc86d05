"""What pyright makes of class methods and static methods: this file is checked, not run."""

from __future__ import annotations

from typing import assert_type

from peninsula import flow, task
from peninsula.futures import Future


class Warehouse:
    """Have methods of the class."""

    @classmethod
    @task
    def count(cls, table: str) -> int:
        """Be a task below."""
        return len(table)

    @task(retries=1)
    @classmethod
    async def read(cls, table: str) -> bytes:
        """Be a task on top."""
        return table.encode()

    @flow
    @classmethod
    def load(cls, table: str) -> int:
        """Be a flow."""
        return cls.count(table)

    @staticmethod
    @task
    def clean(row: str) -> str:
        """Be a task of no object."""
        return row


class Lake(Warehouse):
    """Inherit them."""


async def methods() -> None:
    """Find them on classes and objects."""
    assert_type(Warehouse.count("orders"), int)
    assert_type(Warehouse.count.submit("orders"), Future[int])
    assert_type(await Warehouse.read("orders"), bytes)
    assert_type(Warehouse.load("orders"), int)
    assert_type(Lake.count("orders"), int)
    assert_type(Lake().count("orders"), int)
    assert_type(Warehouse.clean("row"), str)
    assert_type(Lake().clean("row"), str)
    Lake.count(1)  # pyright: ignore[reportArgumentType]  # parameters are checked
