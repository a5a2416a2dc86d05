"""Find the run or event that a person means: by id, by how an id begins, or by name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from peninsula.cli import paging
from peninsula.core import ids
from peninsula.core.errors import ConflictError, InvalidError, NotFoundError
from peninsula.core.filters import EventFilter, RunFilter
from peninsula.core.resources import OWN, own
from peninsula.core.runs import Run, RunKind

if TYPE_CHECKING:
    from peninsula.client.api import Api
    from peninsula.core.answers import LoggedEvent

__all__ = [
    "abbreviated",
    "find_event",
    "find_flow_run",
    "find_resource",
    "find_run",
    "find_task_run",
]

_SHORTEST: Final = 4
_MINUTE: Final = 8
"""So many digits of a UUIDv7 tell the minute it was made in; fewer mean too many events."""
_SEARCHED: Final = 2_000
"""Events that are looked through for one whose id begins in a certain way."""
SLACK: Final = timedelta(seconds=1)
_NAMED: Final = 5
"""How many an error names of those that could be meant."""


def abbreviated(whole: Sequence[UUID]) -> list[str]:
    """Return ids cut to the same length, long enough to tell them apart."""
    texts = [str(id_) for id_ in whole]
    for length in (13, 18, 23):  # where a group of digits ends
        if len({text[:length] for text in texts}) == len(set(texts)):
            return [text[:length] for text in texts]
    return texts


async def find_resource(api: Api, said: str) -> str:
    """Return the id of the resource meant: that of a block may be said by its type and name."""
    type_, found, name = said.partition("/")
    if not found or "://" in said or said.startswith(OWN):
        return said
    try:
        block = await api.block_by_name(type_, name)
    except (NotFoundError, InvalidError):
        return said
    return own("block-document", block.id)


async def find_flow_run(api: Api, said: str) -> Run:
    """Return the flow run meant. Raises NotFoundError, or ConflictError where it could be many."""
    return await _find(api, said, (RunKind.FLOW_RUN,))


async def find_run(api: Api, said: str) -> Run:
    """Return the run meant; a name is that of a task run only if no flow run has it."""
    return await _find(api, said, (RunKind.FLOW_RUN, RunKind.TASK_RUN))


async def find_task_run(api: Api, said: str) -> Run:
    """Return the task run meant."""
    return await _find(api, said, (RunKind.TASK_RUN,))


async def _find(api: Api, said: str, kinds: Sequence[RunKind]) -> Run:
    id_ = _uuid(said)
    if id_ is not None:
        wanted = [RunFilter(kind=kind, ids=(id_,)) for kind in kinds]
    elif _digits(said):
        wanted = [RunFilter(kind=kind, id_prefix=said) for kind in kinds]
    else:
        wanted = []
    found = [run for each in wanted for run in (await api.runs(each, limit=_NAMED + 1)).items]
    if not found and id_ is None:
        found = await _named(api, said, kinds)
    if len(found) == 1:
        return found[0]
    raise _ambiguous(said, found) if found else _unknown(said, kinds)


async def _named(api: Api, name: str, kinds: Sequence[RunKind]) -> list[Run]:
    # One kind after the other: every flow may have a task run of the name that one flow run has.
    for kind in kinds:
        if found := await _of_kind(api, name, kind):
            return found
    return []


async def _of_kind(api: Api, name: str, kind: RunKind) -> list[Run]:
    found: list[Run] = []
    cursor = None
    while len(found) <= _NAMED:
        page = await api.runs(RunFilter(kind=kind, text=name), limit=200, cursor=cursor)
        found += [run for run in page.items if run.name == name]
        cursor = page.next
        if cursor is None:
            break
    return found


def _uuid(said: str) -> UUID | None:
    try:
        return UUID(said)
    except ValueError:
        return None


def _digits(said: str) -> bool:
    return len(said) >= _SHORTEST and re.fullmatch(r"[0-9a-f-]+", said, re.IGNORECASE) is not None


def _unknown(said: str, kinds: Sequence[RunKind]) -> NotFoundError:
    names = {kind.value: kind.value.replace("-", " ") for kind in kinds}
    lists = [f'"peninsula {kind} ls" lists the latest {name}s' for kind, name in names.items()]
    return NotFoundError(
        f"No {' or '.join(names.values())} has the id or name {said!r}. {', '.join(lists)}."
    )


def _ambiguous(said: str, found: Sequence[Run]) -> ConflictError:
    named = ", ".join(f"{run.id} ({run.name})" for run in found[:_NAMED])
    more = ", …" if len(found) > _NAMED else ""
    return ConflictError(f"{said!r} could be several runs. Give the id of one: {named}{more}.")


async def find_event(api: Api, said: str) -> LoggedEvent:
    """Return the event at that position of the log, of that id, or whose id begins like that.

    Raises NotFoundError, ConflictError where it could be many, InvalidError for what is neither.
    """
    id_ = _uuid(said)
    if id_ is not None:
        return await api.event(id_)
    if said.isdecimal():
        return await _at(api, int(said))
    if not _digits(said) or len(said) < _MINUTE:
        raise InvalidError(
            f"{said!r} is no event. Give its position, the first column of "
            '"peninsula event ls", or its id.'
        )
    return await _beginning(api, said)


async def _at(api: Api, position: int) -> LoggedEvent:
    if position > 0:
        page = await api.events(EventFilter(since=position - 1), order="oldest", limit=1)
        if page.items and page.items[0].position == position:
            return page.items[0]
    raise NotFoundError(
        f"No event is at position {position}. It was deleted, or the log is shorter: "
        '"peninsula event ls" shows its end.'
    )


async def _beginning(api: Api, said: str) -> LoggedEvent:
    """Search the time that the id tells: emitters make it when the event occurs."""
    least, greatest = ids.range_of(said)
    unknown = NotFoundError(
        f"No event has an id that begins with {said!r}. Give the whole id, or its position: "
        '"peninsula event ls" shows it.'
    )
    try:
        wanted = EventFilter(after=_moment(least) - SLACK, before=_moment(greatest) + SLACK)
    except (ValueError, OverflowError):
        raise unknown from None  # it tells no time
    found = await paging.collect(
        lambda size, cursor: api.events(wanted, limit=size, cursor=cursor), _SEARCHED
    )
    meant = [event for event in found.items if least <= event.id <= greatest]
    if len(meant) == 1 and not found.more:
        return meant[0]
    if meant or found.more:
        msg = f"{said!r} could be several events. Give more of the id, or the event's position."
        raise ConflictError(msg)
    raise unknown


def _moment(id_: UUID) -> datetime:
    return datetime.fromtimestamp(ids.time_of(id_) / 1e6, UTC)
