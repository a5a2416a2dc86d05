"""Work: how long a run that is due waits until it runs, and what waiting for runs takes."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.bench import Bench
from benchmarks.programs import ProgramError, cpu_of
from benchmarks.rows import OURS, Row, percentile
from benchmarks.servers import Served, free_port, our_command, serve
from tests.support.processes import Program

__all__ = ["measure"]

ONE_BY_ONE: Final = 20
AT_ONCE: Final = 20
IDLE: Final = 60.0
"""Seconds of the look at a worker that has nothing to do."""

PATIENCE: Final = 120.0

FLOW: Final = "from peninsula import flow\n\n@flow\ndef nothing():\n    pass\n"


def measure(bench: Bench) -> Iterator[Row]:
    """Yield the time from when runs are due to Running, and the processor of an idle worker."""
    home = bench.home()
    env = bench.ours(home)
    port = free_port()
    (home / "flows.py").write_text(FLOW)
    with serve(our_command(port), env, port) as server:
        deployment = _deploy(server, home)
        command = [sys.executable, "-m", "peninsula", "worker", "start", "--pool", "bench"]
        with Program(command, env=env) as worker:
            worker.wait_for_line("serves the work pool")
            alone = [_waits(server, deployment, 1)[0] for _ in range(ONE_BY_ONE)]
            together = _waits(server, deployment, AT_ONCE)
            time.sleep(5)
            idle = _idle(server, worker, 10.0 if bench.quick else IDLE)
            worker.terminate()
    yield from _rows(bench, alone, together)
    yield bench.row("idle server beside it: of one core", "%", {OURS: [idle[0]]}, goal=0.5)
    yield bench.row("idle worker: of one core", "%", {OURS: [idle[1]]}, goal=0.5)


def _rows(bench: Bench, alone: list[float], together: list[float]) -> Iterator[Row]:
    what = "scheduled → running, one run on an idle process worker"
    yield bench.row(f"{what}: median", "s", {OURS: [median(alone)]})
    yield bench.row(f"{what}: p95", "s", {OURS: [percentile(alone, 95)]}, goal=1.0)
    what = f"{AT_ONCE} runs due at once: p95 until Running"
    yield bench.row(what, "s", {OURS: [percentile(together, 95)]}, goal=5.0)


def _deploy(server: Served, folder: Path) -> str:
    server.caller().post("/api/work-pools", {"name": "bench", "type": "process"})
    wanted = {
        "flow": "nothing",
        "name": "bench",
        "entrypoint": "flows.py:nothing",
        "path": str(folder),
        "work_pool": "bench",
    }
    return str(server.caller().post("/api/deployments", wanted)["id"])


def _waits(server: Served, deployment: str, runs: int) -> list[float]:
    """Return for runs that are due at once the seconds until each was Running; all are awaited."""
    caller = server.caller()
    made = [caller.post(f"/api/deployments/{deployment}/runs", {})["id"] for _ in range(runs)]
    deadline = time.monotonic() + PATIENCE
    waits: dict[str, float] = {}
    while len(waits) < runs:
        for id_ in made:
            run = caller.get(f"/api/flow-runs/{id_}")
            if run["state"]["name"] == "Completed":
                waits[id_] = _moment(run["started"]) - _moment(run["expected"])
        if time.monotonic() > deadline:
            msg = f"{runs - len(waits)} of {runs} runs did not complete."
            raise ProgramError(msg)
        time.sleep(0.2)
    return list(waits.values())


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _idle(server: Served, worker: Program, seconds: float) -> tuple[float, float]:
    """Return the share of one core that server and worker take while nothing is due, in percent."""
    before = server.cpu, cpu_of(worker.pid)
    began = time.perf_counter()
    time.sleep(seconds)
    took = time.perf_counter() - began
    after = server.cpu, cpu_of(worker.pid)
    return (
        (after[0] - before[0]) / took * 100,
        (after[1] - before[1]) / took * 100,
    )
