"""Draw how far submitted work is: a line for each task."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import compress
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from peninsula.core.texts import one_line
from peninsula.sdk.telling.status_lines import StatusLines

if TYPE_CHECKING:
    from peninsula.sdk.telling.progress import Tally

__all__ = ["Bars"]

MOST: Final = 8
"""Lines that are drawn: the busiest tasks have them."""

WINDOW: Final = 240
"""Drawings from which the pace is taken, some 30 s; what was before says little of what comes."""

ENOUGH: Final = 10
"""Ends within the window from which a pace can be told; else all since the beginning count."""


class Bars:
    """The lines of one burst of work."""

    def __init__(self) -> None:
        self._status_lines = StatusLines()
        self._seen: dict[str, deque[tuple[float, int]]] = {}
        self._console = Console(stderr=True, highlight=False, markup=False, emoji=False)

    def draw(self, tallies: Sequence[Tally], now: float) -> bool:
        """Draw all anew; tell whether there is a point in coming again."""
        most = max(1, min(MOST, self._console.height - 3))
        busiest = sorted(tallies, key=_busyness, reverse=True)[:most]
        paces = {tally.name: self._pace(tally, now) for tally in tallies}
        rows = [list(_cells(tally, paces[tally.name])) for tally in tallies if tally in busiest]
        lines = self._rendered(rows)
        if missing := len(tallies) - len(busiest):
            lines.append(f"… {missing} more")
        self._status_lines.show(lines)
        return not self._status_lines.disturbed

    def close(self) -> None:
        """Take the lines away."""
        self._status_lines.close()

    def forget(self) -> None:
        """Leave the lines and let streams write as before."""
        self._status_lines.forget()

    def _pace(self, tally: Tally, now: float) -> float:
        seen = self._seen.setdefault(tally.name, deque([(tally.begun, 0)], WINDOW))
        seen.append((now, tally.over))
        began, before = seen[0]
        if tally.over - before < ENOUGH:
            began, before = tally.begun, 0
        return (tally.over - before) / (now - began)

    def _rendered(self, rows: Sequence[Sequence[Text]]) -> list[str]:
        used = [any(cells) for cells in zip(*rows, strict=True)]
        table = Table.grid(Column(no_wrap=True), padding=(0, 2, 0, 0))
        for row in rows:
            table.add_row(*compress(row, used))
        # One column is left free: a full line would be two where the terminal wraps early.
        with self._console.capture() as captured:
            self._console.print(table, width=self._console.width - 1)
        return [line.rstrip() for line in captured.get().splitlines()]


def _busyness(tally: Tally) -> tuple[int, float]:
    return tally.open, tally.begun


def _cells(tally: Tally, pace: float) -> Iterator[Text]:
    over = tally.open == 0
    yield Text(one_line(tally.name, "…"), "dim" if over else "bold")
    yield Text(f"{tally.over:,}/{tally.submitted:,}", justify="right")
    yield Text(f"{tally.failed:,} failed" if tally.failed else "", "red")
    yield Text(f"{tally.skipped:,} skipped" if tally.skipped else "", "yellow")
    yield Text(_per_time(pace) if pace and not over else "", "dim", justify="right")
    seconds = tally.open / pace if pace else 0.0
    yield Text(f"ETA {_clock(seconds)}" if seconds >= 1 else "", "dim")


def _per_time(pace: float) -> str:
    """Return a number a second, minute or hour, the first of which there are some of."""
    number, unit = pace * 3600, "h"
    for seconds, smaller in ((60, "min"), (1, "s")):
        if pace * seconds >= 1:
            number, unit = pace * seconds, smaller
    return f"{number:,.0f}/{unit}" if number >= 10 else f"{number:.1f}/{unit}"  # noqa: PLR2004  two digits


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
