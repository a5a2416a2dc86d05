"""Say why a run failed: the probable cause with its evidence, or that none is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Final

import typer

from peninsula.cli import find, moments, output
from peninsula.cli.connect import ask
from peninsula.cli.options import Json, examples
from peninsula.cli.output import Column
from peninsula.core.answers import Suspect, Why
from peninsula.core.causes import Evidence, Strength
from peninsula.core.errors import NotFoundError
from peninsula.core.filters import RunFilter
from peninsula.core.runs import Run
from peninsula.core.states import StateType

if TYPE_CHECKING:
    from peninsula.client.api import Api

app = typer.Typer(rich_markup_mode=None, add_completion=False)

KINDS: Final = 4
"""Kinds of sources that are named of those that told something."""

_FAILED: Final = (StateType.FAILED, StateType.CRASHED)

_STYLES: Final = {Strength.LINKED: "red", Strength.STRONG: "red", Strength.LIKELY: "yellow"}

_EVIDENCE: Final = {
    Evidence.LINK: "the failure follows it",
    Evidence.OPEN: "a call that had not returned",
    Evidence.OVERDUE: "a call that took most of its time",
    Evidence.CUT_OFF: "a call that was cut off as the time was up",
    Evidence.ANSWERED: "the last call that failed, and the error says its status",
    Evidence.INFRASTRUCTURE: "about what the run was on",
    Evidence.RESOURCE: "about a resource that the run used",
    Evidence.SYSTEM: "about a system that the run used",
    Evidence.NAMED: "the error names it",
    Evidence.TELLING: "something went wrong or changed",
    Evidence.RECURRING: "seen before failures more often than before successes",
}


@app.command(
    epilog=examples(
        "peninsula why",
        "peninsula why brisk-otter",
        "peninsula why brisk-otter --dismiss 0192f3c4-7a1b-…",
        "peninsula why 0192f3c4-7a1b --json | jq .cause",
    )
)
def explain(
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="[RUN]",
            help="Id of a flow run or task run, how it begins, or a flow run's name. "
            "Without it: the flow run that failed last.",
            show_default=False,
        ),
    ] = None,
    *,
    dismiss: Annotated[
        str | None,
        typer.Option("--dismiss", metavar="EVENT", help="Say that this suspect is not the cause."),
    ] = None,
    restore: Annotated[
        str | None,
        typer.Option("--restore", metavar="EVENT", help="Take back that it is not the cause."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say why a run failed: the probable cause with its evidence, or that none is known.

    Suspects are events. One that is linked is a fact: the failure follows it. A strong one is about
    what the run was on, a likely one about what it used; of a coincident one only time is known.
    """
    found = ask(lambda api: _explain(api, run, dismiss, restore))
    if as_json:
        output.show_json(found)
    else:
        _show(found)


async def _explain(api: Api, said: str | None, dismiss: str | None, restore: str | None) -> Why:
    run = await _failed_last(api) if said is None else await find.find_run(api, said)
    for event, dismissed in ((dismiss, True), (restore, False)):
        if event is not None:
            suspect = await find.find_event(api, event)
            await api.dismiss(run.id, suspect.id, run.kind, dismissed=dismissed)
    return await api.why(run.id, run.kind)


async def _failed_last(api: Api) -> Run:
    page = await api.runs(RunFilter(types=_FAILED, top=True), limit=1)
    if not page.items:
        msg = 'No flow run has failed. Those there are: "peninsula flow-run ls".'
        raise NotFoundError(msg)
    return page.items[0]


# --- what is shown -------------------------------------------------------------------------------


def _show(why: Why) -> None:
    run = why.run
    if not why.failed:
        output.show(f"{_called(run)} is {run.state.name}: there is no failure to explain.")
        return
    output.show(output.block(_sentence(why), "bold"))
    if why.message:
        output.show_indented(why.message, "red")
    if why.origin is not None and why.origin.message not in {None, why.message}:
        output.show_indented(why.origin.message or "", "red")
    if why.suspects:
        sure = (one.strength for one in why.suspects if not one.dismissed)
        named = any(strength is not Strength.COINCIDENT for strength in sure)
        output.show_heading("Suspects:" if named else "Preceded by:")
        _show_suspects(why.suspects)
        output.note('One of them: "peninsula event inspect POSITION". Not the cause: --dismiss.')
        if dismissed := [one.event.position for one in why.suspects if one.dismissed]:
            output.note(f"The cause after all: --restore {dismissed[0]}.")
    if why.cause is None:
        output.show_heading(_looked(why))
    if why.partial:
        output.note(_unseen(why))


def _sentence(why: Why) -> str:
    cause = next((one for one in why.suspects if one.event.id == why.cause), None)
    began = why.origin
    what = f"{began.label} / {began.name}" if began is not None else _called(why.run)
    state = (why.run.state.type if began is None else began.state).value.lower()
    error = began.error if began is not None and began.error else why.error
    with_ = f" with {error}" if error else ""
    if cause is None:
        return f"{what} {state}{with_}; {_unknown(why)}."
    sure = "because of" if cause.strength in _CERTAIN else "probably because of"
    resource = cause.event.resource
    about = f"{resource.id} ({resource.name})" if resource.name else resource.id
    return f"{what} {state}{with_} {sure} {cause.event.event} of {about}."


_CERTAIN: Final = (Strength.LINKED, Strength.STRONG)


def _unknown(why: Why) -> str:
    """Say that no cause is known: of a process that was killed, not even that it was the code."""
    state, error = why.run.state.type, why.error
    if why.origin is not None:
        state, error = why.origin.state, why.origin.error or error
    if state is not StateType.CRASHED or error:
        return "no cause outside of its code is known"
    is_gone = not _OF_THE_GONE.isdisjoint(why.run.state.details)
    return (
        "what ended its process is not known" if is_gone else "nothing more of its cause is known"
    )


_OF_THE_GONE: Final = frozenset({"exit", "silent_for"})
"""What the server says of a run whose process did not say how it ended."""


def _called(run: Run) -> str:
    return f"{run.flow or run.task} / {run.name}"


def _show_suspects(suspects: Sequence[Suspect]) -> None:
    columns = (
        Column("POSITION", right=True),
        Column("STRENGTH"),
        Column("BEFORE", right=True),
        Column("EVENT", flexible=True),
        Column("RESOURCE", flexible=True),
        Column("EVIDENCE", flexible=True),
    )
    rows = [
        (
            str(one.event.position),
            output.text("dismissed", "dim")
            if one.dismissed
            else output.text(one.strength.value, _STYLES.get(one.strength, "")),
            moments.duration(max(one.before, 0.0)),
            one.event.event,
            one.event.resource.name or one.event.resource.id,
            _evidence(one),
        )
        for one in suspects
    ]
    output.show_table(columns, rows)


def _evidence(suspect: Suspect) -> str:
    linked = suspect.strength is Strength.LINKED
    said = [_EVIDENCE[each] for each in suspect.evidence if not linked or each in _BESIDE_LINK]
    past = suspect.history
    speaks = Evidence.RECURRING in suspect.evidence or not past.successes
    if speaks and past.failures and past.of_failures > 1:
        said.append(
            f"in {past.failures} of the last {past.of_failures} failures,"
            f" in {past.successes} of {past.of_successes} successes"
        )
    return "; ".join(said)


_BESIDE_LINK: Final = (Evidence.LINK, Evidence.NAMED)
"""What else there is to say of a fact."""


def _looked(why: Why) -> str:
    minutes = round((why.until - why.since).total_seconds() / 60)
    kinds = sorted(why.watched.items(), key=lambda kind: -kind[1])
    since = f" since {moments.clock(why.reached)}" if why.reached > why.since else ""
    told = ", ".join(f"{count} about {kind}" for kind, count in kinds[:KINDS])
    more = f", and {len(kinds) - KINDS} more kinds" if len(kinds) > KINDS else ""
    sources = f"Events then{since}: {told}{more}." if told else "No source told of anything then."
    resources = "1 resource" if why.touched == 1 else f"{why.touched} resources"
    return (
        f"Looked at: the {minutes} minutes before, {resources} that it touched or ran on. {sources}"
    )


def _unseen(why: Why) -> str:
    """Say what was not looked at."""
    if why.reached > why.since:
        since = moments.clock(why.reached)
        return f"There were more events than are looked at: only those since {since} were."
    return (
        "It touched more, or more was told of that, than is looked at: a cause may be in the rest."
    )
