"""Cancel or delete many flow runs at once: those that a filter finds."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID

import typer

from peninsula.cli import cancelling, output, run_lists
from peninsula.cli.connect import ask
from peninsula.cli.options import Json, Since, Until
from peninsula.cli.run_options import Name, States, Tags
from peninsula.core.answers import DoneToMany
from peninsula.core.errors import ConflictError
from peninsula.core.filters import RunFilter, sorting

if TYPE_CHECKING:
    from peninsula.client.api import Api

__all__ = ["cancel_all", "delete_all"]

AT_ONCE: Final = 200
"""Runs of one request."""

MOST: Final = 10_000

Flows = Annotated[
    list[str] | None,
    typer.Option("--flow", metavar="NAME", help="Of that flow. May be repeated: any of them."),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask first.")]


def cancel_all(
    *,
    state: States = None,
    flow: Flows = None,
    name: Name = None,
    tag: Tags = None,
    since: Since = None,
    until: Until = None,
    message: cancelling.Message = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Cancel all that are like that.

    Those that are over are left alone.
    """
    wanted = _wanted(state or ["scheduled", "pending", "running", "paused"], flow, name, tag)
    found = _found(wanted, since, until)
    _confirm("Cancel", found, yes=yes)
    done = ask(lambda api: _in_parts(found, lambda ids: api.cancel_many(ids, message)))
    _show("Cancelled", done, as_json=as_json)


def delete_all(
    *,
    state: States = None,
    flow: Flows = None,
    name: Name = None,
    tag: Tags = None,
    since: Since = None,
    until: Until = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Delete all that are like that.

    Those that are not over are left alone.
    """
    wanted = _wanted(state or ["completed", "failed", "cancelled", "crashed"], flow, name, tag)
    found = _found(wanted, since, until)
    _confirm("Delete for good", found, yes=yes)
    done = ask(lambda api: _in_parts(found, api.delete_many))
    _show("Deleted", done, as_json=as_json)


def _wanted(
    state: list[str], flow: list[str] | None, name: str | None, tag: list[str] | None
) -> RunFilter:
    types, names = run_lists.states_of(state)
    return RunFilter(
        types=types,
        state_names=names,
        flows=tuple(flow or ()),
        text=name,
        tags=tuple(tag or ()),
        top=True,
    )


def _found(wanted: RunFilter, since: Since, until: Until) -> list[UUID]:
    from msgspec import structs  # noqa: PLC0415  beside what it changes

    timed = structs.replace(wanted, expected_after=since, expected_before=until)

    async def collected(api: Api) -> list[UUID]:
        page = await run_lists.collect(api, timed, sorting("-expected"), MOST)
        return [run.id for run in page.items]

    return ask(collected)


def _confirm(what: str, found: Sequence[UUID], *, yes: bool) -> None:
    if not found:
        msg = "No flow run is like that."
        raise ConflictError(msg)
    if yes:
        return
    if not sys.stdin.isatty():
        msg = f"{len(found)} flow runs are like that, and nobody is here to be asked. Add --yes."
        raise ConflictError(msg)
    print(f"{what} {len(found)} flow runs? [y/N] ", end="", file=sys.stderr, flush=True)  # noqa: T201  a question
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        msg = "Nothing was done."
        raise ConflictError(msg)


async def _in_parts(
    found: Sequence[UUID], do: Callable[[Sequence[UUID]], Awaitable[DoneToMany]]
) -> DoneToMany:
    parts = [await do(found[at : at + AT_ONCE]) for at in range(0, len(found), AT_ONCE)]
    return DoneToMany(
        done=tuple(id_ for part in parts for id_ in part.done),
        refused=tuple(one for part in parts for one in part.refused),
    )


def _show(word: str, done: DoneToMany, *, as_json: bool) -> None:
    if as_json:
        output.show_json(done)
        return
    output.show(output.text(f"{word} {len(done.done)} flow runs"))
    for one in done.refused:
        output.note(one.message)
