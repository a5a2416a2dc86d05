"""Print what a list has: a table, JSON, or what to ask instead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from peninsula.cli import output
from peninsula.cli.output import Column
from peninsula.cli.paging import Found

__all__ = ["Print", "show", "table"]

T = TypeVar("T")

Print = Callable[[Sequence[T], datetime], None]
"""Prints items as they are to be seen at a time."""


def show(found: Found[T], what: str, print_items: Print[T], *, nothing: str, as_json: bool) -> None:
    """Print what was found; `what` it is, in the plural, and `nothing` to say if there is none."""
    if as_json:
        output.show_json(found.items)
    elif not found.items:
        output.note(nothing)
    else:
        print_items(found.items, datetime.now(UTC))
        if more := _remark(found, what):
            output.note(more)


def table(columns: Sequence[Column], row: Callable[[T, datetime], Sequence[str]]) -> Print[T]:
    """Return what prints a table with a row for each item."""
    return lambda items, now: output.show_table(columns, [row(item, now) for item in items])


def _remark(found: Found[T], what: str) -> str | None:
    """Return what to say below the list, if anything."""
    if found.given_up:
        return f"The search was cut short. Narrow it, for example by --since, to see all {what}."
    if found.more:
        return f"There are more {what}: see them with --limit {max(len(found.items) * 10, 10)}."
    return None
