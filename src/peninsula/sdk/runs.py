"""Hold what a run of this process is while it runs, and know which one is running."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from threading import RLock
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple
from uuid import UUID

from peninsula.core import resources
from peninsula.core.runs import RunKind, StateChange
from peninsula.sdk.arguments.edges import Results
from peninsula.sdk.checks import checked_tags
from peninsula.sdk.run_keys import RunKeys
from peninsula.sdk.states import State

if TYPE_CHECKING:
    from peninsula.sdk.definitions import Definition
    from peninsula.sdk.flows import Flow
    from peninsula.sdk.interrupting.gates import Gate
    from peninsula.sdk.interrupting.orders import Order
    from peninsula.sdk.outside.floods import Floods
    from peninsula.sdk.running.holding import Holding
    from peninsula.sdk.running.inputs import Inputs
    from peninsula.sdk.running.memory import Memory
    from peninsula.sdk.running.runners import Pool
    from peninsula.sdk.running.streams import Stream
    from peninsula.sdk.running.submission import Work
    from peninsula.sdk.tasks import Task
    from peninsula.sdk.telling.traces import Trace

__all__ = [
    "Deployed",
    "FlowRun",
    "Run",
    "TaskRun",
    "current_run",
    "current_tags",
    "leave",
    "tags",
    "within",
]


class Run:
    """A run while this process runs it. Hooks and conditions of the user's get to see it."""

    kind: ClassVar[RunKind]
    prefix: ClassVar[str]
    """What its resource id and the names of its events begin with."""

    __slots__ = (
        "__weakref__",
        "_process",
        "args",
        "begun",
        "calls",
        "data",
        "definition",
        "error",
        "flow_run",
        "gate",
        "holding",
        "id",
        "inputs",
        "key",
        "keys",
        "kwargs",
        "live",
        "log_prints",
        "memory",
        "name",
        "order",
        "ordered",
        "parameters",
        "parent",
        "persists",
        "resource",
        "results",
        "root",
        "run_count",
        "sends",
        "start",
        "start_time",
        "state",
        "stream",
        "tags",
        "told",
        "trace",
        "wait_for",
    )

    id: UUID
    name: str
    parent: Run | None
    """The run it was called from."""
    root: Run
    """The run at the top of its tree; it may be this one."""
    flow_run: FlowRun | None
    """The flow run it belongs to; a flow run is its own."""
    parameters: dict[str, Any]
    tags: frozenset[str]
    state: State | None
    """The state it is in; None before the first."""
    run_count: int
    """How often it was begun, the first time included."""
    start_time: datetime | None
    start: int
    """Which start of the run this is: the next one where a worker lets it go on after its end."""

    # From here on it is the engine's.
    definition: Definition
    key: str | None
    keys: RunKeys
    """Those of the task runs inside of it."""
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    wait_for: Iterable[Any] | None
    inputs: Inputs
    log_prints: bool
    persists: bool
    """Whether its result is kept."""
    memory: Memory | None
    """What becomes of its result; None before it is looked for, and of most runs for good."""
    sends: Callable[[Any], None] | None
    """Of a run whose flow is in another process: packs its result, or raises what forbids that."""
    told: bool
    """Whether its birth is told, with its first state."""
    data: Any
    """What it returned."""
    stream: Stream | None
    """The generator that its caller consumes; None of most runs."""
    error: BaseException | None
    """What its caller gets to see instead of a result."""
    gate: Gate | None
    """Where it can be interrupted."""
    order: Order | None
    """That it is to end."""
    ordered: bool
    """Of a root: whether any run of its tree ever got an order. Asked at each effect, so cheap."""
    results: Results
    """Of a root: the values by which edges are found."""
    calls: Floods | None
    """What it used outside; None before the first such call, and of most runs for good."""
    trace: Trace | None
    """Its span; None unless OpenTelemetry is configured."""
    live: set[Run]
    """Of a root: runs of its tree that are interrupted through gates of their own."""
    begun: set[Run]
    """Of a root: runs of its tree that are at work, or between two attempts."""
    holding: Holding | None
    """Of a root: what holds runs of its tree back; None before any was paused from outside."""

    def __init__(
        self, definition: Definition, id_: UUID, parent: Run | None, tags: frozenset[str]
    ) -> None:
        self._process = _process
        self.definition = definition
        self.id = id_
        self.parent = parent
        self.tags = tags
        self.resource = f"{self.prefix}{id_}"
        self.state = None
        self.run_count = 0
        self.start_time = None
        self.start = 1
        self.key = None
        self.calls = None
        self.data = None
        self.error = None
        self.gate = None
        self.order = None
        self.log_prints = False
        self.persists = False
        self.memory = None
        self.sends = None
        self.stream = None
        self.told = False
        self.trace = None
        if parent is None:
            self.root = self
            self.flow_run = None
            self.keys = RunKeys()
            self.ordered = False
            self.results = Results()
            self.live = set()
            self.begun = set()
            self.holding = None
        else:
            self.root = parent.root
            self.flow_run = parent.flow_run
            self.keys = parent.keys

    def rename(self, id_: UUID, name: str, start: int) -> None:
        """Be a run that was made elsewhere, before anything is told of this one."""
        self.id, self.name, self.start = id_, name, start
        self.resource = f"{self.prefix}{id_}"

    @property
    def over(self) -> bool:
        """Whether it has its final state."""
        return self.state is not None and (self.state.terminal or self.state.name == "NotReady")

    @property
    def inherited(self) -> bool:
        """Whether it came here through a fork: it goes on in the parent process, which tells of it.

        What this process logs, emits and begins in it is still part of it.
        """
        return self._process is not _process

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name!r}, id={str(self.id)!r})"


class TaskRun(Run):
    """The run of a task."""

    kind = RunKind.TASK_RUN
    prefix = f"{resources.OWN}{kind.value}."
    __slots__ = ()

    definition: Task[..., Any]

    @property
    def task_name(self) -> str:
        """The name of its task."""
        return self.definition.name


class Deployed(NamedTuple):
    """What a flow run that a deployment made is beside what its flow says."""

    id: UUID | None
    """Of the deployment."""
    name: str | None
    version: str | None
    parameters: dict[str, Any]
    """As they were given, without what the flow's signature adds."""
    code: str | None
    parent: UUID | None
    created: datetime | None


class FlowRun(Run):
    """The run of a flow, with what its children need."""

    kind = RunKind.FLOW_RUN
    prefix = f"{resources.OWN}{kind.value}."
    __slots__ = (
        "_sources",
        "behind",
        "deployed",
        "expected",
        "held",
        "on_resume",
        "pauses",
        "pool",
        "streaming",
        "telling",
        "unsettled",
    )

    definition: Flow[..., Any]

    def __init__(
        self, definition: Definition, id_: UUID, parent: Run | None, tags: frozenset[str]
    ) -> None:
        super().__init__(definition, id_, parent, tags)
        self.flow_run = self
        self.keys = RunKeys()
        self._sources: dict[str, object] = {}
        self.expected: datetime | None = None
        """The moment that it is for, of a run that was scheduled."""
        self.unsettled: set[Work] = set()
        """What was submitted and is not over."""
        self.streaming: set[Run] = set()
        """Runs of generators that were begun in it and are not over."""
        self.pauses = 0
        """How often it has waited for people: by that a pause is known again in the next start."""
        self.on_resume: Callable[[], None] | None = None
        """Called from a thread of the journal when someone resumes it."""
        self.deployed: Deployed | None = None
        """What a run of a deployment was made with."""
        self.held: StateChange | None = None
        """The state it shows while it is paused from outside,"""
        self.behind: StateChange | None = None
        """and the one it would be in."""
        self.telling = RLock()
        """Of whoever puts it into a state: a pause comes from a thread of the journal."""
        self.pool: Pool | None = None
        """What its task runner opened, from the first submit on."""

    @property
    def flow_name(self) -> str:
        """The name of its flow."""
        return self.definition.name

    def shares_name(self, task: Definition) -> bool:
        """Tell, once, that another function has run here under the name of this task."""
        known = self._sources.setdefault(task.name, task.source)
        if known is task.source or known is None:
            return False
        self._sources[task.name] = None
        return True


_process = object()
"""Stands for this process: it is asked too often for a system call."""


def _be_another_process() -> None:
    global _process  # noqa: PLW0603  a process is one
    _process = object()


os.register_at_fork(after_in_child=_be_another_process)

_CURRENT: ContextVar[Run | None] = ContextVar("peninsula_run", default=None)
_TAGS: ContextVar[frozenset[str]] = ContextVar("peninsula_tags", default=frozenset())

current_run = _CURRENT.get
"""Return the innermost run of this thread or asyncio task, None outside of runs."""
within = _CURRENT.set
"""Make a run the innermost one; `leave` takes the token."""
leave = _CURRENT.reset
current_tags = _TAGS.get


@contextmanager
def tags(*new_tags: str) -> Iterator[frozenset[str]]:
    """Give these tags, and those around them, to all runs that start inside the block."""
    token = _TAGS.set(checked_tags(_TAGS.get().union(new_tags), "with tags(...)"))
    try:
        yield _TAGS.get()
    finally:
        _TAGS.reset(token)
