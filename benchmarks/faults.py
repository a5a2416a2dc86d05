"""Faults: a flow of 300 tasks while its server is away, dies, fails, hangs or is slow."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any, Final, NamedTuple

from benchmarks.bench import Bench, script
from benchmarks.calls import Caller
from benchmarks.gate import Gate, Mood
from benchmarks.programs import ProgramError, run
from benchmarks.rows import OURS, Row
from benchmarks.servers import Served, free_port, our_command, serve
from tests.support.processes import Program

__all__ = ["measure"]

TASKS: Final = 300
TOTAL: Final = sum(range(TASKS)) * sum(range(100_000))

WITHIN: Final = 1.1
"""How many times as long a flow may take as without a server."""

AWAY: Final = 0.5
"""Seconds that a server is dead."""

PATIENCE: Final = 120.0

ALONE: Final = "no server"
DIES: Final = "it is killed in the middle and returns"
REFUSES: Final = "it is away"
MOODS: Final = {
    "it is well": Mood.WELL,
    "it answers 500": Mood.ERROR,
    "it hangs": Mood.HANG,
    "its answers take 2 s": Mood.SLOW,
}


class Outcome(NamedTuple):
    """One run of the flow."""

    flow: float
    """Seconds from the call of the flow to its return."""
    exit: float
    """Seconds from there to the exit of the process."""


def measure(bench: Bench) -> Iterator[Row]:
    """Yield how much longer the flow takes than without a server, and how long the exit takes.

    Each time the result is checked, and that the history is whole once the server is well.
    """
    with ExitStack() as stack:
        found = bench.in_turn(_subjects(bench, stack))
    alone = [one.flow for one in found.pop(ALONE)]
    yield bench.row(f"a flow of {TASKS} tasks, {ALONE}", "s", {OURS: alone})
    for name, outcomes in found.items():
        ratios = [one.flow / base for one, base in zip(outcomes, alone, strict=True)]
        yield bench.row(f"its time while {name}, over {ALONE}", "x", {OURS: ratios}, goal=WITHIN)
    for name, outcomes in found.items():
        exits = [one.exit for one in outcomes]
        yield bench.row(f"from its return to the exit, {name}", "s", {OURS: exits})


def _subjects(bench: Bench, stack: ExitStack) -> dict[str, Callable[[], Outcome]]:
    backing = Backing(bench, stack)
    subjects: dict[str, Callable[[], Outcome]] = {ALONE: lambda: _alone(bench)}
    for name, mood in MOODS.items():
        subjects[name] = partial(_moody, bench, backing, mood)
    subjects[REFUSES] = partial(_refused, bench, backing)
    subjects[DIES] = partial(_bereaved, bench, backing)
    return subjects


class Backing:
    """The server behind a gate; it can be killed and started again."""

    def __init__(self, bench: Bench, stack: ExitStack) -> None:
        """Start it; it ends with the stack."""
        self._env = bench.ours(bench.home())
        self._port = free_port()
        self._life = ExitStack()
        stack.callback(self.stop)
        self.gate = stack.enter_context(Gate(self._port))
        self.server = self.start()

    def start(self) -> Served:
        """Start it at its port."""
        self._life = ExitStack()
        command = our_command(self._port)
        self.server = self._life.enter_context(serve(command, self._env, self._port))
        return self.server

    def stop(self) -> None:
        """End it, whichever life it is in."""
        self._life.close()

    def kill(self) -> None:
        """End it with -9."""
        self.server.program.kill()
        self.stop()

    def client(self, bench: Bench) -> dict[str, str]:
        """Return the environment of a flow that reports to the gate."""
        url, key = f"http://127.0.0.1:{self.gate.port}", self.server.key or ""
        return bench.ours(bench.home(), PENINSULA_API_URL=url, PENINSULA_API_KEY=key)


def _alone(bench: Bench) -> Outcome:
    env = bench.ours(bench.home())
    with _flow(env) as program:
        return _outcome(program)[0]


def _moody(bench: Bench, backing: Backing, mood: Mood) -> Outcome:
    backing.gate.be(mood)
    env = backing.client(bench)
    with _flow(env) as program:
        outcome, flow_run = _outcome(program)
    backing.gate.be(Mood.WELL)
    _check_history(backing, env, flow_run)
    return outcome


def _refused(bench: Bench, backing: Backing) -> Outcome:
    env = backing.client(bench)
    backing.kill()
    with _flow(env) as program:
        outcome, flow_run = _outcome(program)
    backing.start()
    _check_history(backing, env, flow_run)
    return outcome


def _bereaved(bench: Bench, backing: Backing) -> Outcome:
    env = backing.client(bench)
    with _flow(env) as program:
        program.wait_for_line("HALF", timeout=PATIENCE)
        backing.kill()
        time.sleep(AWAY)
        backing.start()
        outcome, flow_run = _outcome(program)
    _check_history(backing, env, flow_run)
    return outcome


def _flow(env: dict[str, str]) -> Program:
    return Program(script("faults_peninsula", str(TASKS)), env=env)


def _outcome(program: Program) -> tuple[Outcome, str]:
    """Await the end of the process; return what it took, and the id of its flow run."""
    code = program.wait(PATIENCE)
    ended = time.time()
    if code:
        raise ProgramError(program.describe())
    result = _said(program, "TOTAL")
    if result["total"] != TOTAL:
        msg = f"The flow's result is {result['total']}, not {TOTAL}."
        raise ProgramError(msg)
    said = _said(program, "SAID")
    return Outcome(said["seconds"], ended - said["ended"]), result["run"]


def _said(program: Program, what: str) -> dict[str, Any]:
    line = program.wait_for_line(f"{what} ")
    found: dict[str, Any] = json.loads(line.partition(f"{what} ")[2])
    return found


def _check_history(backing: Backing, env: dict[str, str], flow_run: str) -> None:
    """Check that all is in the log, once another process of that home has had its chance."""
    run(script("hello_peninsula"), env)
    caller = backing.server.caller()
    deadline = time.monotonic() + PATIENCE
    while (seen := _completed(caller, flow_run)) != TASKS:
        if time.monotonic() > deadline:
            msg = f"The log has {seen} of {TASKS} tasks as Completed."
            raise ProgramError(msg)
        time.sleep(0.05)
    caller.close()


def _completed(caller: Caller, flow_run: str) -> int:
    total: int = caller.get("/api/task-runs/counts", root=flow_run, state="COMPLETED")["total"]
    return total
