"""Say what was measured: to a terminal, as JSON, as the page of the docs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from benchmarks.machine import Machine
from benchmarks.peers import DASK, DBOS, PREFECT
from benchmarks.rows import Row, Series

__all__ = ["Figure", "lines", "page", "read", "write"]

PEERS: Final = (PREFECT, DBOS, DASK)

EXACT: Final = 100
"""From here on a value has no decimals."""


class Figure(Struct, frozen=True, kw_only=True):
    """The rows of one benchmark, from one run on one machine."""

    name: str
    title: str
    measured: str
    """Day."""
    commit: str
    machine: Machine
    versions: dict[str, str]
    """Of the peers."""
    stored: int
    rows: tuple[Row, ...]


# --- for a terminal ------------------------------------------------------------------------------


def lines(rows: Iterable[Row]) -> Iterator[str]:
    """Yield what a terminal shows of the rows."""
    for row in rows:
        yield f"  {row.what}"
        goal = (
            "" if row.goal is None else f"   goal {_sign(row)} {_number(row.goal)} {_verdict(row)}"
        )
        yield f"    {'Peninsula':<10} {_series(row.ours, row.unit):<38}{goal}"
        for peer in PEERS:
            series = row.peers.get(peer)
            if series is not None:
                ratio = row.ratio(peer)
                times = "" if ratio is None else f"   {_ratio(ratio)}"
                yield f"    {peer:<10} {_series(series, row.unit):<38}{times}"


def _series(series: Series, unit: str) -> str:
    if not series.values:
        return f"- ({series.note})" if series.note else "-"
    text = f"{_number(series.median)} {unit}{_spread(series)}"
    return f"{text} [{series.note}]" if series.note else text


def _spread(series: Series) -> str:
    low, high = min(series.values), max(series.values)
    return "" if low == high else f" ({_number(low)}-{_number(high)})"


def _number(value: float) -> str:
    if value >= EXACT:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _sign(row: Row) -> str:
    return "≥" if row.higher else "≤"


def _verdict(row: Row) -> str:
    return {True: "reached", False: "MISSED", None: ""}[row.reached]


def _ratio(ratio: float) -> str:
    return f"{_number(ratio)}x" if ratio >= 1 else f"{_number(ratio)}x (it is better)"


# --- as JSON -------------------------------------------------------------------------------------


def write(path: Path, figures: Mapping[str, Figure]) -> None:
    """Write the figures by name to a file that `read` reads."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(figures)) + b"\n")


def read(path: Path) -> dict[str, Figure]:
    """Return the figures in a file by name; a missing file has none."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Figure])
    except FileNotFoundError:
        return {}


# --- as a page -----------------------------------------------------------------------------------

HEAD: Final = """\
# Benchmarks

What `make bench` measured. The page is made by `make bench ARGS=--publish`; the values behind it
are in `benchmarks/results/latest.json`.

Each value is a median, with the lowest and highest in brackets. A peer was measured in turn with
Peninsula, in the same run on the same machine, in an environment of its own with compiled packages;
`12x` behind its value says that Peninsula is twelve times better.
"""


def page(figures: Mapping[str, Figure], order: Iterable[str]) -> str:
    """Return the page of the docs."""
    sections = ["\n".join(_section(figures[name])) for name in order if name in figures]
    return "\n".join([HEAD, *sections])


def _section(figure: Figure) -> Iterator[str]:
    yield f"## {figure.title}"
    yield ""
    heads = [f"{peer} {figure.versions.get(peer, '')}".strip() for peer in PEERS]
    shown = [peer for peer in PEERS if any(_has_said(row, peer) for row in figure.rows)]
    columns = [head for head, peer in zip(heads, PEERS, strict=True) if peer in shown]
    yield f"| | goal | Peninsula | {''.join(f'{column} | ' for column in columns)}".rstrip()
    yield "| --- " * (3 + len(columns)) + "|"
    for row in figure.rows:
        yield "| " + " | ".join(_cells(row, shown)) + " |"
    yield ""
    for note in _notes(figure, shown):
        yield f"- {note}"
    yield f"- {figure.measured}, commit `{figure.commit}`: {figure.machine}."
    yield ""


def _has_said(row: Row, peer: str) -> bool:
    return peer in row.peers and bool(row.peers[peer].values)


def _cells(row: Row, shown: list[str]) -> Iterator[str]:
    yield row.what
    yield "" if row.goal is None else f"{_sign(row)} {_number(row.goal)} {row.unit}"
    yield f"**{_plain(row.ours, row.unit)}**" + (" missed" if row.reached is False else "")
    for peer in shown:
        ratio = row.ratio(peer)
        times = "" if ratio is None else f", {_number(ratio)}x"
        yield _plain(row.peers.get(peer, Series()), row.unit) + times


def _plain(series: Series, unit: str) -> str:
    if not series.values:
        return "-"
    return f"{_number(series.median)} {unit}{_spread(series)}"


def _notes(figure: Figure, shown: list[str]) -> Iterator[str]:
    """Say each note with the rows that it is on; with none where it is on all."""
    rows: dict[tuple[str, str], list[str]] = {}
    for row in figure.rows:
        for name, series in {"Peninsula": row.ours, **row.peers}.items():
            if series.note and (series.values or name in shown):
                rows.setdefault((name, series.note), []).append(row.what)
    for (name, note), whats in rows.items():
        where = "" if len(whats) == len(figure.rows) > 1 else f", {'; '.join(whats)}"
        yield f"{name}{where}: {note}."
