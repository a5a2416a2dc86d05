"""Show how a run goes on: as a live tree on a terminal, else line by line, or as JSON."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Self
from uuid import UUID

from peninsula.cli import faces, moments, output, tree
from peninsula.cli.tree import Forest
from peninsula.core.errors import PeninsulaError
from peninsula.core.runs import Run
from peninsula.core.states import StateType

if TYPE_CHECKING:
    from rich.live import Live
    from rich.text import Text

__all__ = ["Lines", "LiveTree", "Outcome", "View", "view"]


class View:
    """What is told of a run as it goes on; this one shows nothing of it."""

    def changed(self, runs: Sequence[Run]) -> None:
        """Take note of runs that are new or in another state."""

    def tick(self, now: datetime) -> None:
        """Take note of the time."""

    def said(self, lines: Sequence[str]) -> None:
        """Take note of what was logged, in lines as they are to be printed."""

    def lost(self, problem: PeninsulaError) -> None:
        """Take note that nothing is heard for now."""


@contextmanager
def view(forest: Forest, *, as_json: bool, live: bool) -> Iterator[View]:
    """Give what shows the runs of the forest; at the end it shows how they ended."""
    if as_json:
        yield JsonLines()
    elif not live:
        yield _Still(forest)
    elif sys.stdout.isatty():
        with LiveTree(forest) as shown:
            yield shown
    else:
        yield Lines(forest)


class JsonLines(View):
    """Each run as it changes, a line of JSON."""

    def changed(self, runs: Sequence[Run]) -> None:
        """Print them."""
        for run in runs:
            output.show_json_line(run)

    def lost(self, problem: PeninsulaError) -> None:
        """Say so on stderr."""
        output.warn(problem.message)


class _Still(View):
    """The tree of a run that is over."""

    def __init__(self, forest: Forest) -> None:
        self._forest = forest

    def changed(self, _: Sequence[Run]) -> None:
        """Print the tree."""
        drawn = tree.lines(self._forest, datetime.now(UTC))
        output.show(tree.draw(drawn, output.terminal().width, whole=True))

    def said(self, lines: Sequence[str]) -> None:
        """Print them below."""
        sys.stdout.write("".join(lines))


class Outcome(View):
    """One line, in the end: for a run whose log is printed anyway."""

    def __init__(self, forest: Forest) -> None:
        self._forest = forest

    def changed(self, runs: Sequence[Run]) -> None:
        """Print how it ended."""
        for run in runs:
            if run.id == self._forest.root and run.state.terminal:
                print(_line(run), flush=True)  # noqa: T201  it is the answer


class Lines(View):
    """A line whenever a run ends, fails or tries again: for pipes, files and CI."""

    def __init__(self, forest: Forest) -> None:
        self._forest = forest
        self._told: dict[UUID, tuple[str, int]] = {}

    def changed(self, runs: Sequence[Run]) -> None:
        """Print what is worth a line."""
        for run in runs:
            state = (run.state.name, run.attempts)
            if self._told.get(run.id) == state or not _worth_a_line(run, self._forest.root):
                continue
            self._told[run.id] = state
            print(_line(run), flush=True)  # noqa: T201  it is the answer

    def said(self, lines: Sequence[str]) -> None:
        """Print them."""
        sys.stdout.write("".join(lines))
        sys.stdout.flush()

    def lost(self, problem: PeninsulaError) -> None:
        """Say so on stderr."""
        output.warn(problem.message)


def _worth_a_line(run: Run, root: UUID | None) -> bool:
    return run.id == root or run.state.terminal or run.state.name in {"AwaitingRetry", "Retrying"}


def _line(run: Run) -> str:
    icon, _ = faces.face(run.state)
    name = run.name if run.task else f"{run.flow} / {run.name}"
    took = tree.took(run, datetime.now(UTC)) if run.state.terminal else ""
    parts = [moments.clock(run.state.timestamp), f"{icon} {tree.remark(run)}", output.plain(name)]
    if took:
        parts.append(f"({took})")
    if run.state.message and run.state.type is not StateType.COMPLETED:
        parts.append(output.plain(run.state.message.split("\n", 1)[0]))
    return "  ".join(parts)


class LiveTree(View):
    """The tree, drawn again as it changes, as tall as the terminal; in the end all of it."""

    def __init__(self, forest: Forest) -> None:
        from rich.live import Live  # noqa: PLC0415  weight: rich is for terminals

        self._forest = forest
        self._problem: str | None = None
        self._due = 0.0
        self._live: Live = Live(console=output.terminal(), auto_refresh=False)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.update(self._drawn(datetime.now(UTC), whole=True))
        self._live.stop()

    def changed(self, _: Sequence[Run]) -> None:
        """Draw it again."""
        self._problem = None
        self.tick(datetime.now(UTC))

    def tick(self, now: datetime) -> None:
        """Draw it again, but never for more than a tenth of the time: it may share its process."""
        begun = monotonic()
        if begun >= self._due:
            self._live.update(self._drawn(now), refresh=True)
            self._due = begun + 10 * (monotonic() - begun)

    def said(self, lines: Sequence[str]) -> None:
        """Print them above the tree."""
        from rich.text import Text  # noqa: PLC0415  weight, as above

        for line in lines:
            self._live.console.print(Text.from_ansi(line.removesuffix("\n")), soft_wrap=True)

    def lost(self, problem: PeninsulaError) -> None:
        """Say so below the tree."""
        self._problem = problem.message
        self.tick(datetime.now(UTC))

    def _drawn(self, now: datetime, *, whole: bool = False) -> Text | str:
        if self._forest.top is None:
            return ""
        width, height = self._live.console.size
        drawn = tree.lines(self._forest, now)
        missing = 0
        if not whole:
            drawn, missing = tree.fit(drawn, height - 2 - bool(self._problem))
        text = tree.draw(drawn, width, whole=whole)
        if missing:
            text.append(f"\n… {missing} more lines", "dim")
        if self._problem and not whole:
            text.append(f"\n{self._problem}", "yellow")
        return text
