"""Show runs: many as a table, one with what happened below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from peninsula.cli import faces, find, moments, output, questions, tree
from peninsula.cli.output import Column
from peninsula.core import codec
from peninsula.core.filters import RunFilter, Sort, SortBy
from peninsula.core.runs import Run, RunKind
from peninsula.core.states import State, StateType

if TYPE_CHECKING:
    from rich.text import Text

    from peninsula.client.api import Api

__all__ = ["Details", "details", "show_details", "show_table", "state_counts", "state_text"]

FAILURES: Final = 10
"""How many failed runs are named below the one inspected."""

_BAD: Final = (StateType.FAILED, StateType.CRASHED)
_WHAT: Final = {RunKind.FLOW_RUN: "FLOW", RunKind.TASK_RUN: "TASK"}


def state_text(state: State) -> Text:
    """Return the state as an icon and a word."""
    icon, style = faces.face(state)
    return output.text(f"{icon} {state.name}", style)


def state_counts(counts: Mapping[StateType, int]) -> Text:
    """Return how many are in each state: `✓ 34 Completed  ✕ 1 Failed`."""
    text = output.text("")
    for type_ in StateType:
        if count := counts.get(type_):
            icon, style = faces.type_face(type_)
            text.append("  " if text else "")
            text.append(f"{icon} {count} {type_.value.capitalize()}", style)
    return text


def show_table(runs: Sequence[Run], now: datetime) -> None:
    """Print a line for each run; all are of the kind of the first."""
    ids = find.abbreviated([run.id for run in runs])
    columns = (
        Column("ID", least=max(map(len, ids))),
        Column("STATE"),
        Column(_WHAT[runs[0].kind], flexible=True),
        Column("NAME", flexible=True),
        Column("STARTED"),
        Column("TOOK", right=True),
    )
    rows = [
        (
            short,
            state_text(run.state),
            run.flow or run.task or "",
            f"↳ {run.name}" if run.parent and run.flow else run.name,
            moments.ago(run.started or run.expected, now),
            tree.took(run, now),
        )
        for short, run in zip(ids, runs, strict=True)
    ]
    output.show_table(columns, rows)


# --- one run -------------------------------------------------------------------------------------


class Details(NamedTuple):
    """A run, and what became of those below it."""

    run: Run
    tasks: Mapping[StateType, int] = {}
    subflows: Mapping[StateType, int] = {}
    failed: Sequence[Run] = ()
    """Those that failed, the first one first, up to a limit."""


async def details(api: Api, run: Run) -> Details:
    """Ask what is below a run."""
    if run.root != run.id:
        return await _details_of_branch(api, run)
    tasks = await api.run_counts(RunFilter(kind=RunKind.TASK_RUN, root=run.id))
    flows = await api.run_counts(RunFilter(kind=RunKind.FLOW_RUN, root=run.id))
    failed: list[Run] = []
    if any(counts.types.get(type_) for counts in (tasks, flows) for type_ in _BAD):
        for kind in (RunKind.TASK_RUN, RunKind.FLOW_RUN):
            wanted = RunFilter(kind=kind, root=run.id, types=_BAD)
            page = await api.runs(
                wanted, sort=Sort(SortBy.ENDED, descending=False), limit=FAILURES + 1
            )
            failed += [found for found in page.items if found.id != run.id]
    below = {RunKind.TASK_RUN: dict(tasks.types), RunKind.FLOW_RUN: dict(flows.types)}
    alike = below[run.kind]  # it is one of those that were counted
    alike[run.state.type] = alike.get(run.state.type, 1) - 1
    return Details(run, below[RunKind.TASK_RUN], below[RunKind.FLOW_RUN], sorted(failed, key=_end))


async def _details_of_branch(api: Api, run: Run) -> Details:
    tasks: dict[StateType, int] = {}
    subflows: dict[StateType, int] = {}
    failed = []
    cursor = None
    while True:
        page = await api.tree(run.id, run.kind, limit=2000, cursor=cursor)
        for found in page.items:
            if found.id == run.id:
                continue
            counts = tasks if found.kind is RunKind.TASK_RUN else subflows
            counts[found.state.type] = counts.get(found.state.type, 0) + 1
            if found.state.type in _BAD:
                failed.append(found)
        cursor = page.next
        if cursor is None:
            return Details(run, tasks, subflows, sorted(failed, key=_end))


def _end(run: Run) -> datetime:
    return run.ended or run.created


def show_details(found: Details, now: datetime) -> None:
    """Print all there is to say of a run."""
    run = found.run
    output.show(state_text(run.state) + f"  {run.flow or run.task} / {output.plain(run.name)}")
    if run.state.message:
        style = faces.face(run.state).style
        output.show(output.block(run.state.message, style))
    output.show("")
    output.show_fields(_fields(found, now))
    if found.failed:
        output.show_heading("Failed below it, the first one first:")
        _show_failures(found.failed, now)
    questions.show(run)
    output.note(f"\nWhat it logged: peninsula {run.kind.value} logs {run.id}")


def _fields(found: Details, now: datetime) -> list[tuple[str, Text | str | None]]:
    run = found.run
    attempts = f"{run.attempts} of {run.retries + 1}" if run.retries else None
    return [
        ("id", str(run.id)),
        ("flow" if run.kind is RunKind.FLOW_RUN else "task", run.flow or run.task),
        ("state", f"{run.state.name} since {moments.clock(run.state.timestamp)}"),
        ("expected", moments.clock(run.expected) if run.started is None else None),
        ("started", _moment(run.started, now)),
        ("ended", _moment(run.ended, now)),
        ("took", tree.took(run, now) or None),
        ("attempts", attempts),
        ("tasks", state_counts(found.tasks) or None),
        ("subflows", state_counts(found.subflows) or None),
        ("parameters", _parameters(run)),
        ("tags", ", ".join(run.tags) or None),
        ("code", run.code),
        ("version", run.version),
        ("parent", str(run.parent) if run.parent else None),
        ("root", str(run.root) if run.root != run.id else None),
        ("process", str(run.process) if run.process else None),
    ]


def _moment(then: datetime | None, now: datetime) -> str | None:
    return f"{moments.clock(then)} ({moments.ago(then, now)})" if then else None


def _parameters(run: Run) -> str | None:
    parameters = codec.decode(dict[str, Any], run.parameters)
    return "\n".join(
        f"{name} = {codec.encode(value).decode()}" for name, value in parameters.items()
    )


def _show_failures(failed: Sequence[Run], now: datetime) -> None:
    for run in failed[:FAILURES]:
        said = f"  {output.plain(run.name)}  {run.id}  {tree.took(run, now)}"
        output.show(state_text(run.state) + said)
        if run.state.message:
            output.show_indented(run.state.message, faces.face(run.state).style)
    if len(failed) > FAILURES:
        output.show(output.text("… and more", "dim"))
