"""What every figure is measured with: peers, folders, rounds."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Final, TypeVar

from benchmarks.peers import Peer
from benchmarks.programs import environment
from benchmarks.rows import OURS, Row, Series

__all__ = ["Bench", "script"]

T = TypeVar("T")

SCRIPTS: Final = Path(__file__).parent / "scripts"


def script(name: str, *arguments: str, python: str | Path = sys.executable) -> list[str]:
    """Return the command that runs one of the scripts."""
    return [str(python), str(SCRIPTS / f"{name}.py"), *arguments]


class Bench:
    """One run of benchmarks."""

    def __init__(
        self, folder: Path, peers: Mapping[str, Peer | str], *, stored: int, quick: bool
    ) -> None:
        """Work in that folder; a peer that is a text is missing for that reason."""
        self.folder = folder
        self.stored = stored
        """Events in the log when intake and queries are measured."""
        self.quick = quick
        self.shared: dict[str, object] = {}
        """What several figures use, made by the first."""
        self.stack = ExitStack()
        """Closes what is shared, at the end."""
        self._peers = peers
        self._homes = count(1)

    @property
    def rounds(self) -> int:
        """How often what takes seconds is measured."""
        return 3 if self.quick else 5

    def home(self) -> Path:
        """Return a new folder for programs to be at home in."""
        home = self.folder / f"home-{next(self._homes)}"
        home.mkdir()
        return home

    def ours(self, home: Path, **more: str) -> dict[str, str]:
        """Return the environment of our programs."""
        return environment(home, {"PENINSULA_HOME": str(home / "peninsula"), **more})

    def peer(self, name: str) -> Peer | None:
        """Return a peer, None if it is missing."""
        peer = self._peers.get(name)
        return peer if isinstance(peer, Peer) else None

    def in_turn(self, subjects: Mapping[str, Callable[[], T]]) -> dict[str, list[T]]:
        """Measure the subjects in turn, so that the machine's moods reach all of them.

        The first round warms caches up and does not count.
        """
        for name, measure in subjects.items():
            self.say(f"  {name}: warming up")
            measure()
        results: dict[str, list[T]] = {name: [] for name in subjects}
        for number in range(1, self.rounds + 1):
            self.say(f"  round {number} of {self.rounds}")
            for name, measure in subjects.items():
                results[name].append(measure())
        return results

    def row(
        self,
        what: str,
        unit: str,
        values: Mapping[str, list[float]],
        *,
        goal: float | None = None,
        higher: bool = False,
        notes: Mapping[str, str] | None = None,
    ) -> Row:
        """Return a row of these values by subject; a note says why a peer has none."""
        notes = notes or {}
        peers = {
            name: Series(tuple(values.get(name, ())), self._missing(name) or notes.get(name))
            for name in self._peers
        }
        ours = Series(tuple(values[OURS]), notes.get(OURS))
        return Row(what=what, unit=unit, ours=ours, peers=peers, goal=goal, higher=higher)

    def say(self, text: str) -> None:
        """Tell whoever waits what is going on."""
        print(text, file=sys.stderr, flush=True)

    def _missing(self, name: str) -> str | None:
        peer = self._peers[name]
        return peer if isinstance(peer, str) else None
