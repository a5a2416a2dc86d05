"""Draw a run and what is below it: states, durations, retries, failures, mapped tasks as one."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import IntEnum
from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import UUID

from peninsula.cli import faces, moments, output
from peninsula.cli.faces import Face
from peninsula.core.runs import Run
from peninsula.core.states import StateType

if TYPE_CHECKING:
    from rich.text import Text

__all__ = ["Forest", "Line", "Weight", "draw", "fit", "lines", "remark", "took"]

GROUPED: Final = 5
"""From so many runs of one task (or flow) on, they are one line."""

NAMED: Final = 3
"""How many failures of a group are named."""

DEEPEST: Final = 36
"""Guides do not get wider than this: runs further down are only counted."""

WIDEST: Final = 110
"""Columns that lie further apart are hard to read together."""


class Forest:
    """The runs that are known, by parent."""

    def __init__(self, root: UUID | None = None) -> None:
        self.root = root
        """The run that is looked at; if not given, the first one that was called by no other."""
        self.runs: dict[UUID, Run] = {}
        self._children: dict[UUID, list[UUID]] = {}

    def put(self, run: Run) -> None:
        """Take in a run, or what became of it."""
        if self.root is None and run.parent is None:
            self.root = run.id
        if run.id not in self.runs and run.parent is not None:
            self._children.setdefault(run.parent, []).append(run.id)
        self.runs[run.id] = run

    @property
    def top(self) -> Run | None:
        """The run that is looked at, once it is known."""
        return self.runs.get(self.root) if self.root is not None else None

    def below(self, run: UUID) -> list[Run]:
        """Return what was called from the run, in the order of creation."""
        found = [self.runs[id_] for id_ in self._children.get(run, ())]
        return sorted(found, key=lambda run: run.created)


class Weight(IntEnum):
    """What a line is worth where there is no room for all; the least go first."""

    OVER = 0
    WAITING = 1
    ACTIVE = 2
    FAILED = 3
    TOP = 4


class Line(NamedTuple):
    """One line of the drawing."""

    guide: str
    """The branches to the left of it."""
    face: Face
    name: str
    state: str
    took: str
    weight: Weight
    message: bool = False
    """It continues the line above: what went wrong."""


def lines(forest: Forest, now: datetime) -> list[Line]:
    """Return the lines of the run that is looked at and everything below it."""
    run = forest.top
    if run is None:
        return []
    name = f"{run.flow or run.task} / {run.name}"
    top = _line(run, "", now)._replace(name=name, weight=Weight.TOP)
    return [top, *_message(run, "", Weight.TOP), *_below(forest, run.id, "", now)]


def _below(forest: Forest, parent: UUID, guide: str, now: datetime) -> Iterator[Line]:
    clusters = _clusters(forest.below(parent))
    for place, cluster in enumerate(clusters):
        last = place == len(clusters) - 1
        branch, beyond = ("└─ ", "   ") if last else ("├─ ", "│  ")
        if len(cluster) >= GROUPED:
            yield _group(cluster, guide + branch, now)
            shown = [run for run in cluster if _weight(run) is Weight.FAILED][:NAMED]
            yield from _members(forest, shown, guide + beyond, now)
        else:
            yield from _member(forest, cluster[0], guide + branch, guide + beyond, now)


def _members(forest: Forest, runs: Sequence[Run], guide: str, now: datetime) -> Iterator[Line]:
    for run in runs:
        last = run is runs[-1]
        branch, beyond = ("└─ ", "   ") if last else ("├─ ", "│  ")
        yield from _member(forest, run, guide + branch, guide + beyond, now)


def _member(forest: Forest, run: Run, guide: str, beyond: str, now: datetime) -> Iterator[Line]:
    yield _line(run, guide, now)
    yield from _message(run, beyond, _weight(run))
    if len(beyond) < DEEPEST:
        yield from _below(forest, run.id, beyond, now)
    elif below := forest.below(run.id):
        name = f"… {len(below)} more below"
        yield Line(beyond + "└─ ", faces.face(run.state), name, "", "", Weight.OVER, message=True)


def _clusters(runs: Sequence[Run]) -> list[list[Run]]:
    """Return the runs one by one, but those of one task or flow together where they are many."""
    counted = Counter(_kind(run) for run in runs)
    found: dict[object, list[Run]] = {}
    for run in runs:
        kind = _kind(run)
        found.setdefault(kind if counted[kind] >= GROUPED else run.id, []).append(run)
    return list(found.values())


def _kind(run: Run) -> tuple[str, str | None]:
    return run.kind.value, run.task or run.flow


def _line(run: Run, guide: str, now: datetime) -> Line:
    name = run.name if run.task else f"{run.flow} / {run.name}"
    return Line(guide, faces.face(run.state), name, remark(run), took(run, now), _weight(run))


def remark(run: Run) -> str:
    """Return the name of the state, with the attempt if it is not the only one."""
    if run.attempts > 1 or run.state.name in {"AwaitingRetry", "Retrying"}:
        return f"{run.state.name}, attempt {run.attempts} of {run.retries + 1}"
    return run.state.name


def took(run: Run, now: datetime) -> str:
    """Return how long it took, or takes so far; nothing where nothing goes on."""
    return _lasting([run], now)


def _lasting(runs: Sequence[Run], now: datetime) -> str:
    spans = [span for run in runs if (span := run.span(now)) is not None]
    if not spans:
        return ""
    first, last = min(since for since, _ in spans), max(until for _, until in spans)
    return moments.duration((last - first).total_seconds())


def _weight(run: Run) -> Weight:
    match run.state.type:
        case StateType.FAILED | StateType.CRASHED:
            return Weight.FAILED
        case StateType.COMPLETED | StateType.CANCELLED:
            return Weight.OVER
        case StateType.SCHEDULED if run.state.name == "AwaitingRetry":
            return Weight.ACTIVE
        case StateType.SCHEDULED | StateType.PENDING:
            return Weight.WAITING
        case _:
            return Weight.ACTIVE


def _message(run: Run, guide: str, weight: Weight) -> Iterator[Line]:
    said = (run.state.message or "").strip()
    if not said or run.state.type is StateType.COMPLETED:
        return
    yield Line(guide, faces.face(run.state), said.split("\n", 1)[0], "", "", weight, message=True)


def _group(runs: Sequence[Run], guide: str, now: datetime) -> Line:
    worst = max(runs, key=_seriousness)
    counts = Counter(run.state.name for run in runs)
    state = ", ".join(f"{count} {name}" for name, count in counts.most_common())
    return Line(
        guide,
        faces.face(worst.state),
        f"{runs[0].task or runs[0].flow} \N{MULTIPLICATION SIGN}{len(runs)}",
        state,
        _lasting(runs, now),
        _weight(worst),
    )


def _seriousness(run: Run) -> tuple[Weight, bool]:
    # What goes on says more than what waits; of what is over, the end that nobody wished for.
    telling = {StateType.RUNNING, StateType.CANCELLED}
    return _weight(run), run.state.type in telling


def fit(drawn: Sequence[Line], height: int) -> tuple[list[Line], int]:
    """Return the lines that fit, and how many do not: those worth least go, the last first."""
    excess = len(drawn) - height
    if excess <= 0:
        return list(drawn), 0
    excess += 1  # the line that says how many are missing
    ranked = sorted(range(len(drawn)), key=lambda place: (drawn[place].weight, -place))
    gone = set(ranked[:excess])
    return [line for place, line in enumerate(drawn) if place not in gone], len(gone)


class _Widths(NamedTuple):
    """Of the columns, in cells."""

    name: int
    """With the guide and the icon."""
    state: int
    took: int


def draw(drawn: Sequence[Line], width: int, *, whole: bool = False) -> Text:
    """Return the lines in columns as wide as they need, or as there is room for.

    A message has one line, or as many as it takes if it is to be whole.
    """
    from rich.text import Text  # noqa: PLC0415  weight: rich is 60 ms

    widths = _widths([line for line in drawn if not line.message], min(width, WIDEST))
    rows: list[Text] = []
    for line in drawn:
        if line.message:
            rows += _said(line, width, whole=whole)
        else:
            rows.append(_row(line, widths))
    for row in rows:
        row.truncate(width, overflow="ellipsis")
    return Text("\n", no_wrap=True).join(rows)


def _widths(rows: Sequence[Line], width: int) -> _Widths:
    from rich.cells import cell_len  # noqa: PLC0415  weight, as above

    took = max(len(line.took) for line in rows)
    states = max(cell_len(line.state) for line in rows)
    names = max(cell_len(line.guide) + 2 + cell_len(_one_line(line.name)) for line in rows)
    room = width - took - 4
    states = min(states, max(room - names, room // 3))
    return _Widths(min(names, room - states), states, took)


def _row(line: Line, widths: _Widths) -> Text:
    from rich.text import Text  # noqa: PLC0415  weight, as above

    row = Text(line.guide, "dim")
    row.append(f"{line.face.icon} ", line.face.style)
    row.append(_cell(_one_line(line.name), widths.name - row.cell_len))
    row.append(f"  {_cell(line.state, widths.state)}", line.face.style)
    row.append(f"  {line.took:>{widths.took}}", "dim")
    return row


def _said(line: Line, width: int, *, whole: bool) -> list[Text]:
    from rich.text import Text  # noqa: PLC0415  weight, as above

    said = _one_line(line.name)
    room = max(width - len(line.guide) - 2, 10)
    parts = textwrap.wrap(said, room) if whole else [said]
    return [Text.assemble((f"{line.guide}  ", "dim"), (part, line.face.style)) for part in parts]


def _one_line(said: str) -> str:
    return " ".join(output.plain(said).split())


def _cell(said: str, width: int) -> str:
    from rich.cells import cell_len, set_cell_size  # noqa: PLC0415  weight, as above

    if cell_len(said) > width:
        said = set_cell_size(said, max(width - 1, 0)) + "…"
    return set_cell_size(said, max(width, 0))
