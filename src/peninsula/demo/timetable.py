"""Say which flow begins when in the demo, what each run finds, and have it begin."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from peninsula.demo.booked import Booking, run_booked, tell_scheduled, tell_taken
from peninsula.demo.deployed import place_of
from peninsula.demo.flows import clicks, learning, models, outside, shop
from peninsula.demo.leaps import until
from peninsula.demo.pods import CLUSTER, NAMESPACE, Pod
from peninsula.demo.scene import Scene, Trouble, set_scene
from peninsula.sdk.flows import Flow
from peninsula.sdk.interrupting.interrupts import interrupt
from peninsula.sdk.interrupting.orders import cancellation, give
from peninsula.sdk.runs import FlowRun, tags

__all__ = ["DAYS", "MARGIN", "Start", "Turn", "announce", "begin", "play", "starts"]

DAYS: Final = 21

MARGIN: Final = timedelta(minutes=45)
"""No run begins later than this before the end, so that all are over by then."""

_1970: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Turn:
    """How often a flow begins. Places of runs count from the newest, which is 0."""

    flow: Flow[..., Any]
    team: str
    """Whose flow it is: the tag of its runs."""
    every: int
    """Hours from one to the next."""
    at: float
    """Hours after midnight, UTC, of the first of a day."""
    takes: str = "day"
    """The parameter that gets the moment: `day` or `hour`."""
    grows: float = 0.0
    """What part of its duration is added within the weeks."""
    in_pods: bool = False
    nodes: Mapping[int, int] = field(default_factory=dict)
    """Where the pods of some runs are."""
    killed: frozenset[int] = frozenset()
    """Runs whose process is killed."""
    cancelled: frozenset[int] = frozenset()
    flagged: frozenset[int] = frozenset()
    """Runs that find a field which is new."""


TURNS: Final = (
    Turn(flow=shop.nightly_orders, team="sales", every=24, at=2, grows=0.8),
    Turn(flow=outside.import_ad_spend, team="marketing", every=24, at=3, flagged=frozenset({1, 2})),
    Turn(flow=models.build_models, team="warehouse", every=24, at=4, grows=0.4),
    Turn(
        flow=learning.build_features,
        team="ml",
        every=24,
        at=5,
        grows=1.0,
        in_pods=True,
        nodes={2: 3},
        killed=frozenset({2}),
    ),
    Turn(flow=outside.export_crm, team="marketing", every=24, at=6),
    Turn(flow=models.report_finance, team="finance", every=24, at=7),
    Turn(
        flow=learning.train_churn,
        team="ml",
        every=72,
        at=9,
        in_pods=True,
        nodes={3: 1},
        killed=frozenset({3}),
    ),
    Turn(flow=clicks.erase_customers, team="legal", every=48, at=11, cancelled=frozenset({1, 4})),
    Turn(flow=shop.sync_inventory, team="sales", every=6, at=0.5, takes="hour"),
    Turn(flow=outside.ingest_payments, team="finance", every=4, at=0.3, takes="hour", grows=0.3),
    Turn(flow=clicks.sessionize_clicks, team="web", every=2, at=0.1, takes="hour", grows=0.5),
    Turn(flow=outside.fetch_weather, team="sales", every=1, at=0.05, takes="hour"),
)


@dataclass(frozen=True, kw_only=True)
class Start:
    """One run of a flow that is to be."""

    flow: Flow[..., Any]
    parameters: dict[str, Any]
    begin: datetime
    scene: Scene
    team: str
    booking: Booking | None = None
    """Of a run that a schedule makes and a worker takes; None: a program begins it."""
    ahead: timedelta = timedelta(0)
    """How long before its time it is made: when the one before it begins."""
    pod: Pod | None = None
    is_killed: bool = False
    is_cancelled: bool = False

    @property
    def begins(self) -> datetime:
        """When the flow begins: processes take a moment to start, and pods some more."""
        if self.booking is None:
            return self.begin
        return self.begin + (POD_STARTS if self.pod is not None else PROCESS_STARTS)


PROCESS_STARTS: Final = timedelta(seconds=1.2)
POD_SCHEDULED: Final = timedelta(seconds=1)
POD_STARTS: Final = timedelta(seconds=7)


def starts(until: datetime, seed: int, troubles: Sequence[Trouble]) -> Iterator[Start]:
    """Give the runs of the weeks before that moment."""
    for turn in TURNS:
        every = timedelta(hours=turn.every)
        latest = until - MARGIN
        begin = latest - (latest - _1970 - timedelta(hours=turn.at)) % every
        for place in range(DAYS * 24 // turn.every):
            yield _start(turn, begin - place * every, place, seed, troubles)


def _start(
    turn: Turn, begin: datetime, place: int, seed: int, troubles: Sequence[Trouble]
) -> Start:
    age = place * turn.every / (DAYS * 24)
    name = turn.flow.name
    written = f"{begin:%Y-%m-%d}" if turn.takes == "day" else f"{begin:%Y-%m-%dT%H}"
    parameters = {turn.takes: written}
    at = place_of(name)
    booking = None if at is None else Booking.of(turn.flow, parameters, at)
    pod = f"{name}-{written.lower()}" if turn.in_pods else None
    node = f"worker-{turn.nodes.get(place, 1 + place % 4)}"
    return Start(
        flow=turn.flow,
        parameters=parameters,
        begin=begin,
        scene=Scene(
            random=Random(f"{seed} {name} {place}"),  # noqa: S311  a history, no secret
            pace=1 + turn.grows * (1 - age),
            troubles=troubles,
            flags=frozenset({"new-field"} if place in turn.flagged else ()),
            pod=None if pod is None else f"{CLUSTER}/{NAMESPACE}/pod/{pod}",
        ),
        team=turn.team,
        booking=booking,
        ahead=timedelta(hours=turn.every),
        pod=Pod(pod, booking, node) if pod is not None and booking is not None else None,
        is_killed=place in turn.killed,
        is_cancelled=place in turn.cancelled,
    )


CANCELLED_AFTER: Final = 400.0
"""Seconds after which someone cancels a run that is to be cancelled."""


async def begin(start: Start) -> None:
    """Tell what comes before it when its time comes, run it, and tell of the end of its pod."""
    await announce(start)
    completed = await play(start)
    if start.pod is not None:
        start.pod.tell_end(start.begins, completed=completed)


async def announce(start: Start) -> None:
    """Tell that it is to be, that a worker has it and in which pod, up to where its flow begins."""
    if start.booking is not None:
        await until(start.begin - start.ahead)
        tell_scheduled(start.booking, start.parameters, start.begin)
        await until(start.begin)
        tell_taken(start.booking)
    if start.pod is not None:
        await until(start.begin + POD_SCHEDULED)
        start.pod.tell("scheduled")
    await until(start.begins)
    if start.pod is not None:
        start.pod.tell_started()


async def play(start: Start) -> bool:
    """Run it in an asyncio task of its own, as a process of its own would; tell if it Completed."""
    set_scene(start.scene)
    if start.is_cancelled:
        start = _with_cancel(start)
    with tags(start.team):
        if start.booking is not None:
            return await run_booked(start.flow, start.parameters, start.booking, start.begin)
        state = await start.flow(**start.parameters, return_state=True)
    return bool(state.is_completed())


def _with_cancel(start: Start) -> Start:
    def cancel_later(_flow: Any, run: FlowRun, _state: Any) -> None:
        asyncio.get_running_loop().call_later(CANCELLED_AFTER, _cancel, run)

    flow = start.flow.with_options(on_running=[cancel_later])
    return replace(start, flow=flow)


def _cancel(run: FlowRun) -> None:
    if not run.over:
        give(run, cancellation(run, "Cancelled by ada: the list of customers was yesterday's."))
        interrupt(run)
