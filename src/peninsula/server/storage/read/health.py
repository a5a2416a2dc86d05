"""Read how the runs fared that touched a resource in a time, beside those that did not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, and_, exists, func, select, union_all

from peninsula.core.answers import DeploymentUse, FlowUse, HistoryBucket, Rate, ResourceHealth
from peninsula.core.deployments import full_name
from peninsula.core.errors import InvalidError
from peninsula.core.resources import is_run
from peninsula.core.runs import Run
from peninsula.core.states import StateType
from peninsula.server.storage import tables
from peninsula.server.storage.moments import micros, moment
from peninsula.server.storage.read import resources, run_rows

__all__ = [
    "FAILED",
    "Touch",
    "deployments_using",
    "number_of",
    "read_health",
    "to_come",
    "touching",
]

PASSED: Final = 200_000
"""Runs that touched it among which those at the top are looked for: the last ones."""

TOUCHES: Final = 20_000
"""Runs at the top that touched it that are looked at: the last ones."""

FLOWS: Final = 50
"""Flows whose other runs are looked at: those with most runs."""

COMPARED: Final = 2_000
"""Runs of one flow that are compared, the newest."""

AHEAD: Final = 200
"""Runs of one flow among which scheduled ones are looked for, those expected last."""

SCHEDULED: Final = 20
"""Scheduled runs that are told."""

DEPLOYMENTS: Final = 100
"""Deployments that are told, those whose runs touched it last."""

_runs = tables.runs.c
_touches = tables.touches.c
FAILED: Final = frozenset({StateType.FAILED, StateType.CRASHED})


class Touch(NamedTuple):
    """A flow run at the top that touched a resource, itself or below."""

    run: int
    flow: str
    state: StateType
    last: int
    deployment: bytes | None


def read_health(
    tx: Connection, id_: str, since: datetime, until: datetime, step: float
) -> ResourceHealth:
    """Return the health of a resource over a time. Raises NotFoundError."""
    resource = number_of(tx, id_)
    touches, reached = touching(tx, resource, since, until)
    begin = max(since, reached or since)
    names = [name for name, _ in Counter(touch.flow for touch in touches).most_common()]
    flows = tuple(_use(tx, resource, name, touches, begin, until) for name in names[:FLOWS])
    return ResourceHealth(
        since=since,
        until=until,
        step=step,
        reached=begin,
        outcomes=_outcomes(touches, since, step),
        touched=_sum(flow.touched for flow in flows),
        untouched=_sum(flow.untouched for flow in flows),
        flows=flows,
        next=to_come(tx, names),
        deployments=deployments_using(tx, touches),
        partial=reached is not None
        or len(names) > FLOWS
        or any(flow.since > begin for flow in flows),
    )


def number_of(tx: Connection, id_: str) -> int:
    """Return a resource's number. Raises NotFoundError, or InvalidError for a run."""
    if is_run(id_):
        msg = f"{id_} is a run: no run touches it. Ask for its summary, or for why it failed."
        raise InvalidError(msg)
    resource = tables.resources.c
    number = tx.execute(select(resource.id).where(resource.text == id_)).scalar()
    if number is None:
        raise resources.unknown(id_)
    return int(number)


def touching(
    tx: Connection, resource: int, since: datetime, until: datetime
) -> tuple[Sequence[Touch], datetime | None]:
    """Return the flow runs at the top that touched it, and since when, if there were too many."""
    passed = (
        select(_touches.run, _touches.last)
        .where(
            _touches.resource == resource,
            _touches.last >= micros(since),
            _touches.last < micros(until),
        )
        .order_by(_touches.last.desc())
    )
    last = passed.limit(PASSED).subquery()
    rows = tx.execute(
        select(_runs.id, _runs.flow, _runs.state_type, last.c.last, _runs.deployment)
        .join_from(last, tables.runs, _runs.id == last.c.run)
        .where(_runs.id == _runs.root, _runs.flow.is_not(None))
        .order_by(last.c.last.desc(), _runs.id.desc())
        .limit(TOUCHES)
    ).all()
    touches = [
        Touch(run, flow, StateType(state), at, bytes(deployment) if deployment else None)
        for run, flow, state, at, deployment in reversed(rows)
    ]
    if len(rows) == TOUCHES:
        return touches, moment(touches[0].last)
    beyond = tx.execute(passed.limit(1).offset(PASSED)).first()
    return touches, moment(beyond.last) if beyond is not None else None


def _outcomes(touches: Iterable[Touch], since: datetime, step: float) -> tuple[HistoryBucket, ...]:
    begin, width = micros(since), round(step * 1_000_000)
    spans: dict[int, Counter[StateType]] = {}
    for touch in touches:
        span = (touch.last - begin) // width
        spans.setdefault(span, Counter())[touch.state] += 1
    return tuple(
        HistoryBucket(start=moment(begin + span * width), types=dict(types))
        for span, types in sorted(spans.items())
    )


def _rate(states: Iterable[StateType]) -> Rate:
    over = [state for state in states if state.terminal]
    return Rate(runs=len(over), failures=sum(state in FAILED for state in over))


def _sum(rates: Iterable[Rate]) -> Rate:
    known = tuple(rates)
    return Rate(
        runs=sum(rate.runs for rate in known), failures=sum(rate.failures for rate in known)
    )


def _use(
    tx: Connection,
    resource: int,
    name: str,
    touches: Sequence[Touch],
    since: datetime,
    until: datetime,
) -> FlowUse:
    """Compare the runs of a flow that touched it with those that never did, of one time."""
    newest = (
        select(_runs.id, _runs.root, _runs.state_type, _runs.expected)
        .where(
            _runs.flow == name,
            _runs.expected >= micros(since),
            _runs.expected < micros(until),
        )
        .order_by(_runs.expected.desc(), _runs.id.desc())
    )
    beyond = tx.execute(newest.limit(1).offset(COMPARED)).first()
    begin = since if beyond is None else moment(beyond.expected)
    some = newest.limit(COMPARED).subquery().c
    touched = exists().where(_touches.resource == resource, _touches.run == some.id)
    others: Iterable[Any] = tx.execute(
        select(some.state_type).where(some.id == some.root, ~touched)
    ).scalars()
    own = [touch for touch in touches if touch.flow == name]
    return FlowUse(
        flow=name,
        since=begin,
        touched=_rate(touch.state for touch in own if touch.last >= micros(begin)),
        untouched=_rate(map(StateType, others)),
        last=moment(own[-1].last),
    )


def to_come(tx: Connection, flows: Iterable[str]) -> tuple[Run, ...]:
    """Return the runs of these flows that are to come, late ones among them."""
    newest = [
        select(_runs.id).where(_runs.flow == flow).order_by(_runs.expected.desc()).limit(AHEAD)
        for flow in islice(flows, FLOWS)
    ]
    if not newest:
        return ()
    looked_at = union_all(*(select(one.subquery().c.id) for one in newest))
    rows = tx.execute(
        run_rows.selected_runs()
        .where(
            _runs.id.in_(looked_at),
            _runs.id == _runs.root,
            _runs.state_type == StateType.SCHEDULED.value,
            # One that waits for another attempt uses it already.
            _runs.started.is_(None),
        )
        .order_by(_runs.expected, _runs.id)
        .limit(SCHEDULED)
    )
    return tuple(map(run_rows.run_of, rows))


def deployments_using(tx: Connection, touches: Iterable[Touch]) -> tuple[DeploymentUse, ...]:
    """Return the deployments whose runs touched it, with their next run: the soonest first."""
    last = {touch.deployment: touch.last for touch in touches if touch.deployment is not None}
    newest = sorted(last, key=last.__getitem__, reverse=True)[:DEPLOYMENTS]
    known, schedules = tables.deployments.c, tables.schedules.c
    rows = tx.execute(
        select(known.id, known.flow, known.name, known.paused, func.min(schedules.next))
        .outerjoin_from(
            tables.deployments,
            tables.schedules,
            and_(schedules.deployment == known.id, schedules.active),
        )
        .where(known.id.in_(newest))
        .group_by(known.id, known.flow, known.name, known.paused)
    )
    uses = [
        DeploymentUse(
            id=UUID(bytes=bytes(id_)),
            name=full_name(flow, name),
            touched=moment(last[bytes(id_)]),
            next=moment(at) if at is not None else None,
            paused=paused,
        )
        for id_, flow, name, paused, at in rows
    ]
    return tuple(
        sorted(uses, key=lambda use: (use.next is None, use.next or use.touched, use.name))
    )
