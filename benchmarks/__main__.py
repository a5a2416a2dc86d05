"""Measure Peninsula beside its peers: `python -m benchmarks [names] [--quick]`."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from benchmarks import (
    blocks,
    faults,
    hello,
    idle,
    import_time,
    intake,
    maps,
    observed,
    pages,
    queries,
    report,
    server_start,
    tasks,
    work,
)
from benchmarks.bench import Bench
from benchmarks.machine import commit, this_machine
from benchmarks.peers import DBOS, PREFECT, Peer, install
from benchmarks.programs import clear_environment
from benchmarks.report import Figure
from benchmarks.rows import Row

ROOT: Final = Path(__file__).parents[1]
LATEST: Final = ROOT / "benchmarks/results/latest.json"
PAGE: Final = ROOT / "docs/benchmarks.md"

MILLION: Final = 1_000_000

FIGURES: Final[Mapping[str, Callable[[Bench], Iterator[Row]]]] = {
    "import": import_time.measure,
    "hello": hello.measure,
    "tasks": tasks.measure,
    "maps": maps.measure,
    "intake": intake.measure,
    "queries": queries.measure,
    "server-start": server_start.measure,
    "idle": idle.measure,
    "work": work.measure,
    "calls": blocks.measure,
    "observed": observed.measure,
    "faults": faults.measure,
    "pages": pages.measure,
}


def main() -> int:
    """Return the exit code: 1 if a benchmark could not run."""
    options = _options()
    clear_environment()
    # Whoever ends us ends the servers that we started, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    peers: dict[str, Peer | str] = (
        {PREFECT: "left out", DBOS: "left out"} if options.no_peers else dict(install())
    )
    machine = this_machine()
    print(f"{datetime.now(UTC):%Y-%m-%d}, {machine}")
    if machine.busy:
        print("The machine is busy with something else: trust the ratios, not the values.")
    figures: dict[str, Figure] = {}
    failed: list[str] = []
    with tempfile.TemporaryDirectory(prefix="peninsula-bench-", dir="/var/tmp") as folder:
        bench = Bench(Path(folder), peers, stored=options.stored, quick=options.quick)
        with bench.stack:
            for name in options.names or FIGURES:
                title = _title(name)
                print(f"\n{title}", flush=True)
                try:
                    rows = tuple(_shown(FIGURES[name](bench)))
                except Exception:  # noqa: BLE001  one figure that fails leaves the others
                    traceback.print_exc()
                    failed.append(name)
                    continue
                figures[name] = Figure(
                    name=name,
                    title=title,
                    measured=f"{datetime.now(UTC):%Y-%m-%d}",
                    commit=commit(),
                    machine=machine,
                    versions={p.name: p.version for p in peers.values() if isinstance(p, Peer)},
                    stored=options.stored,
                    rows=rows,
                )
                # At once, so that a figure that took minutes outlives whatever comes after it.
                _keep(figures, options)
    if failed:
        print(f"\nCould not run: {', '.join(failed)}. The reasons stand above.", file=sys.stderr)
    return 1 if failed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(FIGURES)}; all")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, and less is stored")
    parser.add_argument("--no-peers", action="store_true", help="measure Peninsula alone")
    parser.add_argument(
        "--stored", type=int, metavar="N", help="events in the log for intake and queries; 1000000"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the values there, too")
    parser.add_argument(
        "--publish", action="store_true", help="bring these figures into the docs' page"
    )
    options = parser.parse_args()
    if unknown := [name for name in options.names if name not in FIGURES]:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(FIGURES)}")
    if options.stored is None:
        options.stored = MILLION // 10 if options.quick else MILLION
    return options


def _title(name: str) -> str:
    module = sys.modules[FIGURES[name].__module__]
    return (module.__doc__ or name).partition("\n")[0].rstrip(".")


def _shown(rows: Iterator[Row]) -> Iterator[Row]:
    for row in rows:
        for line in report.lines([row]):
            print(line, flush=True)
        yield row


def _keep(figures: Mapping[str, Figure], options: argparse.Namespace) -> None:
    if options.json is not None:
        report.write(options.json, figures)
    if options.publish:
        latest = {**report.read(LATEST), **figures}
        report.write(LATEST, latest)
        PAGE.write_text(report.page(latest, FIGURES))


if __name__ == "__main__":
    sys.exit(main())
