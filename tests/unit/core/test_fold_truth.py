"""A run is lived by processes with wrong clocks, and the fold says the truth about it.

A world of one run: processes with journals, a worker, a server that acts on what it has heard.
Clocks are hours apart and step; only the stamps that travel with claims, answers and children put
events in order. In the end all that can be heard is heard, shuffled, and folded.
"""

# ruff: noqa: D102  what may happen is named by its method

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import assume, given
from hypothesis import strategies as st

from peninsula.core.fold import Fact, RunFold, fold, ground_of, stamp_of
from peninsula.core.runs import Origin, StateChange
from peninsula.core.stamps import next_stamp
from peninsula.core.states import NAMES

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOW = 1_770_000_000_000_000
HOUR = 3_600_000_000


class Clock:
    """A wall clock that is wrong, under a hybrid one."""

    def __init__(self, world: World, skew: int) -> None:
        self.world = world
        self.skew = skew
        self.last = 0

    def wall(self) -> int:
        return self.world.now + self.skew

    def stamp(self, received: int = 0) -> int:
        self.last = next_stamp(self.last, self.wall(), received)
        return self.last


class Teller:
    """Somebody who tells of the run: a process, a worker, or the server."""

    def __init__(self, world: World, emitter: int, skew: int) -> None:
        self.emitter = bytes([emitter]) * 16
        self.clock = Clock(world, skew)
        self.told: list[Fact] = []

    def tell(self, name: str, received: int = 0, **parts) -> Fact:
        said = StateChange(type=NAMES[name], name=name, **parts)
        stamp = self.clock.stamp(received)
        occurred = EPOCH + timedelta(microseconds=self.clock.wall())
        self.told.append(Fact(said, occurred, stamp, self.emitter, len(self.told) + 1))
        return self.told[-1]


class Process(Teller):
    """It runs one start of the run."""

    def __init__(self, world: World, emitter: int, skew: int, start: int) -> None:
        super().__init__(world, emitter, skew)
        self.start = start
        self.attempt = 0
        self.state = ""
        self.alive = True
        self.presumed_dead = False
        self.heard = 0
        """How many of its facts the server has."""

    def say(self, name: str) -> None:
        self.state = name
        self.tell(name, start=self.start, attempt=self.attempt)


class World:
    """What may happen to a run. Each action does nothing where it cannot happen."""

    def __init__(self, skews: list[int]) -> None:
        self.now = NOW
        self.skews = iter(skews * 20)
        self.server = Teller(self, 0, next(self.skews))
        self.worker = Teller(self, 255, next(self.skews))
        self.processes: list[Process] = []
        self.heard: list[Fact] = []
        self.start = 0
        self.planned = ""
        self.asked = False
        self.seen = ""

    # --- what the server knows ---------------------------------------------------------------

    @property
    def known(self) -> RunFold:
        run = RunFold()
        for one in self.heard:
            run = fold(run, one)
        return run

    @property
    def unfinished(self) -> bool:
        state = self.known.state
        return state is not None and not state.terminal

    def rule(self, name: str, **parts) -> None:
        """The server tells of the run, after all it knows of it."""
        parts.setdefault("origin", Origin.OBSERVER)
        received = stamp_of(self.known.state_key)
        self.heard.append(self.server.tell(name, received, start=self.start, **parts))

    @property
    def process(self) -> Process | None:
        """The process of the latest start."""
        return self.processes[-1] if self.processes and self._started() else None

    def _started(self) -> bool:
        return self.processes[-1].start == self.start

    # --- planning and claiming ---------------------------------------------------------------

    def schedule(self) -> None:
        """The server plans the first start, or the next one when this one is over for good."""
        if self.process is None and self.start and not self.seen:
            self._plan("Late")
        elif self._over():
            self.start += 1
            self.asked, self.seen = False, ""
            self._plan("Scheduled")

    def _plan(self, name: str) -> None:
        self.planned = name
        self.rule(name)

    def _over(self) -> bool:
        """Nothing runs: only then may there be a next start."""
        process = self.process
        if process is None:
            return self.start == 0 or bool(self.seen)
        finished = process.state in ENDS or process.state == "Suspended"
        return not process.alive and (finished or bool(self.seen))

    def claim(self) -> None:
        """A worker gets the run from the server, and starts a process with the stamp of that."""
        if self.process is not None or not self.start or self.seen or self.asked:
            return
        stamp = self.server.clock.stamp(self.worker.clock.stamp())
        self.worker.clock.stamp(stamp)
        self._begin(stamp)

    def call(self) -> None:
        """Somebody calls the flow: its first start, without asking any server."""
        if self.start == 0:
            self.start = 1
            self._begin(0)

    def _begin(self, received: int) -> None:
        process = Process(self, len(self.processes) + 1, next(self.skews), self.start)
        process.clock.stamp(received)
        self.processes.append(process)

    def worker_reports(self) -> None:
        """The call that made the pod returns at last; the pod may long be running."""
        if self.planned and self.process is not None:
            told = self.worker.tell("Pending", start=self.start, origin=Origin.OBSERVER)
            self.heard.append(told)

    # --- living ------------------------------------------------------------------------------

    def run(self) -> None:
        self._say({"", "Pending"}, "Running")

    def submit(self) -> None:
        """The engine hands the run to a thread, and says so first."""
        self._say({""}, "Pending")

    def pause(self) -> None:
        self._say({"Running", "Retrying"}, "Paused")

    def resume(self) -> None:
        self._say({"Paused"}, "Running")

    def fail_for_now(self) -> None:
        self._say({"Running", "Retrying"}, "AwaitingRetry")

    def retry(self) -> None:
        if self._in({"AwaitingRetry", "Running", "Retrying"}):
            self.process.attempt += 1
            self.process.say("Retrying")

    def complete(self) -> None:
        self._end({"Running", "Retrying"}, "Completed")

    def fail(self) -> None:
        self._end({"Running", "Retrying", "Paused"}, "Failed")

    def obey(self) -> None:
        """The process hears that it is to cancel."""
        if self.asked:
            self._end(LIVING, "Cancelled")

    def suspend(self) -> None:
        self._end({"Running", "Retrying"}, "Suspended")

    def _in(self, states: set[str]) -> bool:
        process = self.process
        return process is not None and process.alive and process.state in states

    def _say(self, states: set[str], name: str) -> None:
        if self._in(states):
            self.process.say(name)

    def _end(self, states: set[str], name: str) -> None:
        if self._in(states):
            self.process.say(name)
            self.process.alive = False

    # --- hearing, and not hearing ------------------------------------------------------------

    def ship(self) -> None:
        """One record arrives; the answer carries the server's stamp back."""
        self._ship(1)

    def ship_all(self) -> None:
        self._ship(99)

    def poll(self) -> None:
        """A sign of life without news."""
        self._ship(0)

    def _ship(self, count: int) -> None:
        for process in self.processes:
            if process.alive or process.state in ENDS:
                self._hear(process, count)
                process.clock.stamp(self.server.clock.last)

    def _hear(self, process: Process, count: int) -> None:
        fresh = process.told[process.heard : process.heard + count]
        process.heard += len(fresh)
        self.heard += fresh
        self.server.clock.stamp(max((one.stamp for one in fresh), default=0))
        if process.presumed_dead:
            process.presumed_dead = False
            self._take_back(process)

    def _take_back(self, process: Process) -> None:
        """The process reappears: the state below the presumption, upon the same ground."""
        if process is not self.process or self.known.origin is not Origin.PRESUMED:
            return
        below = RunFold()
        for one in self.heard:
            if one.change.origin is not Origin.PRESUMED:
                below = fold(below, one)
        assert below.state is not None
        if not below.state.terminal:
            self._presume(below.state.name)

    def lapse(self) -> None:
        """The server has heard nothing of the process for a minute of its own uptime."""
        process, known = self.process, self.known
        if process is None or not process.heard or process.presumed_dead or not self.unfinished:
            return
        if known.state.name != "Suspended":
            process.presumed_dead = True
            self._presume("Crashed")

    def _presume(self, name: str) -> None:
        known = self.known
        ground = ground_of(known.state_key)
        self.rule(name, attempt=known.attempt, origin=Origin.PRESUMED, upon=ground)

    def cancel(self) -> None:
        if self.asked or not self.unfinished or self.known.start != self.start:
            return
        if self.process is None:
            self.seen = "Cancelled"
            self.rule("Cancelled")
        else:
            self.asked = True
            self.rule("Cancelling", attempt=self.known.attempt)

    # --- dying -------------------------------------------------------------------------------

    def kill(self) -> None:
        if self._in(LIVING):
            self.process.alive = False

    def see_it_dead(self) -> None:
        """The worker saw the exit; what the process wrote may still be on its way."""
        process = self.process
        if process is None or process.alive or self.seen or process.state not in LIVING:
            return
        if self.known.start == self.start and self.unfinished:
            self.seen = "Crashed"
            self.rule("Crashed", attempt=self.known.attempt)

    def adopt(self) -> None:
        """Another process finds the journal, its lock free, and sends what is in it."""
        for process in self.processes:
            if not process.alive:
                self._hear(process, 99)
        self.see_it_dead()

    def lose_the_disk(self) -> None:
        """What a dead process has not sent is nowhere to be had."""
        for process in self.processes:
            if not process.alive:
                del process.told[process.heard :]
                process.state = process.told[-1].change.name if process.told else "lost"

    # --- clocks ------------------------------------------------------------------------------

    def tick(self) -> None:
        self.now += 1

    def wait(self) -> None:
        self.now += HOUR // 60

    def step_clocks(self) -> None:
        """All clocks are set anew, forward or back."""
        for clock in (self.server.clock, self.worker.clock, *(p.clock for p in self.processes)):
            clock.skew = next(self.skews)

    # --- the end -----------------------------------------------------------------------------

    def everything_is_heard(self) -> None:
        self.ship_all()
        for process in self.processes:
            if not process.alive:
                self._hear(process, 99)

    def truth(self) -> str:
        """What became of the run: from what was lived and ruled, not from any key or stamp."""
        process = self.process
        lived = process.told[-1].change.name if process is not None and process.told else ""
        if lived in ENDS - {"Suspended"}:
            return lived
        if self.seen:
            return self.seen
        if process is not None and process.presumed_dead:
            return "Crashed"
        if self.asked:
            return "Cancelling"
        return lived or ("Pending" if self._worker_told() else self.planned)

    def _worker_told(self) -> bool:
        return any(one.change.start == self.start for one in self.worker.told)


LIVING = {"", "Pending", "Running", "Retrying", "AwaitingRetry", "Paused"}
ENDS = {"Completed", "Failed", "Cancelled", "Suspended"}

BEGIN = [World.call, World.schedule]
LIVE = [World.run, World.pause, World.resume, World.fail_for_now, World.retry, World.suspend]
END = [World.complete, World.fail, World.obey, World.kill, World.see_it_dead, World.adopt]
HEAR = [World.ship, World.ship_all, World.poll, World.lapse, World.lose_the_disk]
RULE = [World.schedule, World.claim, World.cancel, World.worker_reports, World.submit]
TIME = [World.tick, World.wait, World.step_clocks]
ACTIONS = [*LIVE, *LIVE, *LIVE, *END, *HEAR, *HEAR, *RULE, *TIME]

skews = st.lists(st.integers(-8 * HOUR, 8 * HOUR) | st.integers(-3, 3), min_size=3, max_size=8)


@given(
    skews,
    st.sampled_from(BEGIN),
    st.lists(st.sampled_from(ACTIONS), max_size=60),
    st.randoms(use_true_random=False),
)
def test_the_fold_says_the_truth(
    skews: list[int],
    begin: Callable[[World], None],
    story: list[Callable[[World], None]],
    random: Random,
):
    """Whatever happens to a run, in whatever order it is heard."""
    world = World(skews)
    for action in (begin, *story):
        action(world)
    world.everything_is_heard()
    assume(world.heard)
    facts = world.heard + random.sample(world.heard, k=random.randrange(len(world.heard)))
    random.shuffle(facts)
    run = RunFold()
    for one in facts:
        run = fold(run, one)
    assert run.state is not None
    assert (run.state.name, run.start) == (world.truth(), world.start)
