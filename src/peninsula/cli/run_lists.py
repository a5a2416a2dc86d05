"""List the runs of one kind that are meant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from peninsula.cli import lists, paging, runs
from peninsula.core.errors import InvalidError
from peninsula.core.filters import RunFilter, Sort
from peninsula.core.runs import Run, RunKind
from peninsula.core.states import NAMES, StateType

if TYPE_CHECKING:
    from peninsula.client.api import Api

__all__ = ["collect", "show", "states_of"]


def states_of(said: Sequence[str]) -> tuple[tuple[StateType, ...], tuple[str, ...]]:
    """Return the types and the names that are meant; "failed" is the type, "TimedOut" a name."""
    known = {name.lower(): name for name in NAMES}
    types = [StateType(word.upper()) for word in said if word.upper() in StateType.__members__]
    names = [
        known.get(word.lower(), word) for word in said if word.upper() not in StateType.__members__
    ]
    if types and names:
        msg = (
            f"--state {names[0]} is a name and --state {types[0].value.lower()} a type of states. "
            "Ask for them one after the other."
        )
        raise InvalidError(msg)
    return tuple(types), tuple(names)


async def collect(api: Api, wanted: RunFilter, order: Sort, limit: int) -> paging.Found[Run]:
    """Ask for the runs meant, as many as are wanted."""
    return await paging.collect(
        lambda size, cursor: api.runs(wanted, sort=order, limit=size, cursor=cursor), limit
    )


def show(found: paging.Found[Run], wanted: RunFilter, *, as_json: bool) -> None:
    """Print what was found, or say what to ask instead."""
    lists.show(
        found,
        f"{wanted.kind.value.replace('-', ' ')}s",
        runs.show_table,
        nothing=_nothing(wanted),
        as_json=as_json,
    )


def _nothing(wanted: RunFilter) -> str:
    what = "flow" if wanted.kind is RunKind.FLOW_RUN else "task"
    if wanted == RunFilter(kind=wanted.kind):
        return f"No {what} has run yet. Run one: peninsula run flow.py"
    if unknown := [name for name in wanted.state_names if name not in NAMES]:
        return (
            f"No {what} run is {unknown[0]}. Names of states are {', '.join(NAMES)}, and your own."
        )
    return (
        f"No {what} run is like that. Ask for fewer things at once, or see all:"
        f" peninsula {what}-run ls"
    )
