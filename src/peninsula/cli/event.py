"""Look at events, follow them, and tell of your own."""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import Raw, structs

from peninsula.cli import events, find, lists, output, paging
from peninsula.cli.connect import ask
from peninsula.cli.options import Json, Limit, Since, Until, examples
from peninsula.core import codec, ids
from peninsula.core.errors import InvalidError
from peninsula.core.events import Event, Related, Resource, check_event
from peninsula.core.filters import EventFilter

if TYPE_CHECKING:
    from peninsula.cli.names import RunNames
    from peninsula.client.api import Api
    from peninsula.core.answers import LoggedEvent

app = typer.Typer(
    help="Look at events, follow them, and tell of your own.\n\n"
    "Every event has a position in the log: the first column of `ls`, and what `inspect` takes.",
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
)

# --- which events --------------------------------------------------------------------------------

Names = Annotated[
    list[str] | None,
    typer.Option("--name", metavar="NAME", help="Of that name, or a.b.* for all below a.b."),
]
Resources = Annotated[
    list[str] | None,
    typer.Option("--resource", metavar="ID", help="About that resource, or what is in it."),
]
RelatedIds = Annotated[
    list[str] | None,
    typer.Option("--related", metavar="ID", help="In which that resource took part."),
]
Roles = Annotated[
    list[str] | None, typer.Option("--role", metavar="ROLE", help="In that role, like uses.")
]
Involves = Annotated[
    list[str] | None,
    typer.Option("--involves", metavar="ID", help="About that resource, or it took part."),
]
InRun = Annotated[
    str | None,
    typer.Option("--run", metavar="RUN", help="In that run or below it: id, how it begins, name."),
]
Follows = Annotated[
    str | None,
    typer.Option("--follows", metavar="EVENT", help="That this one led to: position or id."),
]
Text = Annotated[
    str | None, typer.Option("--text", metavar="TEXT", help="With this in payload or name.")
]


async def _wanted(api: Api, run: str | None, follows: str | None, **rest: object) -> EventFilter:
    return EventFilter(
        run=(await find.find_run(api, run)).id if run else None,
        follows=(await find.find_event(api, follows)).id if follows else None,
        **rest,  # type: ignore[arg-type]  # the callers name fields of the filter
    )


# --- ls, tail ------------------------------------------------------------------------------------


@app.command(
    "ls",
    epilog=examples(
        "peninsula event ls",
        "peninsula event ls --name 'peninsula.task-run.*' --since 1h",
        "peninsula event ls --involves s3://lake --text denied",
        "peninsula event ls --run brisk-otter --oldest",
    ),
)
def list_events(
    *,
    name: Names = None,
    resource: Resources = None,
    related: RelatedIds = None,
    role: Roles = None,
    involves: Involves = None,
    run: InRun = None,
    follows: Follows = None,
    text: Text = None,
    since: Since = None,
    until: Until = None,
    oldest: Annotated[bool, typer.Option("--oldest", help="Oldest first.")] = False,
    limit: Limit = 25,
    as_json: Json = False,
) -> None:
    """List events, newest first.

    Of an option that is given twice any one must hold, of different options all.
    """

    async def question(
        api: Api,
    ) -> tuple[EventFilter, paging.Found[LoggedEvent], events.Called]:
        wanted = await _wanted(
            api,
            run,
            follows,
            names=tuple(name or ()),
            resources=tuple(resource or ()),
            related=tuple(related or ()),
            roles=tuple(role or ()),
            involves=tuple(involves or ()),
            text=text,
            after=since,
            before=until,
        )
        order = "oldest" if oldest else "newest"
        found = await paging.collect(
            lambda size, cursor: api.events(wanted, order=order, limit=size, cursor=cursor), limit
        )
        return wanted, found, await events.with_names(api, () if as_json else found.items)

    wanted, found, called = ask(question)
    lists.show(
        found,
        "events",
        lambda items, now: events.show_table(items, called, now),
        nothing=_nothing(wanted),
        as_json=as_json,
    )


def _nothing(wanted: EventFilter) -> str:
    if wanted == EventFilter():
        return "There is no event yet. Run a flow: peninsula run flow.py:nightly"
    return "No event is like that. All of them: peninsula event ls"


@app.command(
    epilog=examples(
        "peninsula event tail",
        "peninsula event tail --name 'peninsula.flow-run.*'",
        "peninsula event tail --involves postgresql://db.internal/warehouse",
        "peninsula event tail --after 48211 --json | jq .event",
    )
)
def tail(
    *,
    name: Names = None,
    resource: Resources = None,
    related: RelatedIds = None,
    role: Roles = None,
    involves: Involves = None,
    run: InRun = None,
    text: Text = None,
    after: Annotated[
        int | None,
        typer.Option(
            "--after",
            min=0,
            metavar="POSITION",
            help="Begin after that position, not with new ones.",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print each event as an object of JSON, in a line.")
    ] = False,
) -> None:
    """Print events as they come into the log, until Ctrl-C.

    A connection that is lost is taken up again where it was.
    """

    async def question(api: Api) -> None:
        wanted = await _wanted(
            api,
            run,
            None,
            names=tuple(name or ()),
            resources=tuple(resource or ()),
            related=tuple(related or ()),
            roles=tuple(role or ()),
            involves=tuple(involves or ()),
            text=text,
        )
        await events.tail(api, wanted, after, as_json=as_json)

    ask(question)


# --- inspect -------------------------------------------------------------------------------------


@app.command(
    epilog=examples(
        "peninsula event inspect 48211",
        "peninsula event inspect 0192f3c4-7a1b-7c3d-9e8f-0123456789ab",
        "peninsula event inspect 48211 --json | jq .payload",
    )
)
def inspect(
    event: Annotated[
        str,
        typer.Argument(
            metavar="EVENT",
            help="Its position in the log, its id, or how the id begins.",
            show_default=False,
        ),
    ],
    *,
    as_json: Json = False,
) -> None:
    """Say all of an event: what took part, payload, what it followed."""
    found, names = ask(lambda api: _inspect(api, event))
    if as_json:
        output.show_json(found)
    else:
        events.show_details(found, names)


async def _inspect(api: Api, said: str) -> tuple[LoggedEvent, RunNames]:
    event = await find.find_event(api, said)
    return event, await events.names_in(api, event)


# --- emit ----------------------------------------------------------------------------------------


@app.command(
    epilog=examples(
        "peninsula event emit orders.loaded --resource s3://lake/orders.parquet",
        "peninsula event emit orders.loaded --resource s3://raw --payload '{\"rows\": 3}'",
        "peninsula event emit deploy.done --resource app.shop --payload @info.json",
        "peninsula event emit deploy.done --resource app.shop --label env=prod",
        "peninsula event emit check.failed --resource s3://lake --related owner=team.a",
    )
)
def emit(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="Dotted; the last part is what happened: orders.loaded.",
            show_default=False,
        ),
    ],
    *,
    resource: Annotated[
        str,
        typer.Option(
            "--resource", metavar="ID", help="What it is about: a URI, or an id of yours."
        ),
    ],
    label: Annotated[
        list[str] | None,
        typer.Option("--label", metavar="KEY=VALUE", help="A label of the resource."),
    ] = None,
    related: Annotated[
        list[str] | None,
        typer.Option("--related", metavar="ROLE=ID", help="A resource that took part."),
    ] = None,
    payload: Annotated[
        str,
        typer.Option(
            "--payload", metavar="JSON", help="An object; @FILE reads it from a file, - from stdin."
        ),
    ] = "{}",
    follows: Annotated[
        str | None,
        typer.Option("--follows", metavar="EVENT", help="What led to it: position or id."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Put an event of your own into the log. Names that begin with `peninsula.` are ours."""
    event = Event(
        id=ids.uuid7(time.time_ns() // 1000, os.urandom(8)),
        occurred=datetime.now(UTC),
        event=name,
        resource=Resource(id=resource, labels=dict(_pair(one, "--label") for one in label or ())),
        related=tuple(
            Related(role=role, id=id_)
            for role, id_ in (_pair(one, "--related") for one in related or ())
        ),
        payload=Raw(_payload(payload)),
    )
    check_event(event)
    emitted = ask(lambda api: _emit(api, event, follows))
    if as_json:
        output.show_json(emitted)
    else:
        output.show(output.text(f"✓ {event.event} is in the log as {event.id}", "green"))


async def _emit(api: Api, event: Event, follows: str | None) -> Event:
    if follows:
        event = structs.replace(event, follows=(await find.find_event(api, follows)).id)
    await api.post_event(event)
    return event


def _pair(said: str, option: str) -> tuple[str, str]:
    key, found, value = said.partition("=")
    if not found or not key:
        msg = f"{option} {said!r} has no name and value. Write it like {option} env=prod."
        raise InvalidError(msg)
    return key, value


def _payload(said: str) -> bytes:
    content = _read(said)
    try:
        codec.check_json(content)
        codec.decode(dict, content)
    except InvalidError as problem:
        msg = f"The payload is no JSON object: {problem.message} Write it like '{{\"rows\": 12}}'."
        raise InvalidError(msg) from None
    return content


def _read(said: str) -> bytes:
    if said == "-":
        return sys.stdin.buffer.read().strip()
    if not said.startswith("@"):
        return said.strip().encode()
    try:
        return Path(said[1:]).read_bytes().strip()
    except OSError as problem:
        msg = f"The payload {said[1:]} cannot be read: {problem.strerror}. Name a file that can."
        raise InvalidError(msg) from None
