"""Look at what runs made for people: reports, tables, links, images, progress."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple
from uuid import UUID

import typer
from msgspec import Raw, structs

from peninsula.cli import find, lists, moments, output, paging
from peninsula.cli.connect import ask
from peninsula.cli.options import Json, Limit, examples
from peninsula.cli.output import Column
from peninsula.core import codec
from peninsula.core.artifacts import Artifact, ArtifactKind
from peninsula.core.errors import NotFoundError

if TYPE_CHECKING:
    from peninsula.client.api import Api

app = typer.Typer(
    help="Look at what runs made for people: reports, tables, links, images, progress.\n\n"
    "Artifacts with the same key are versions of one thing; the newest is meant by the key.",
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
)

VERSIONS: Final = 10
"""Of the same key, that `inspect` shows."""

_COLUMNS: Final = (
    Column("ID"),
    Column("KIND"),
    Column("KEY", flexible=True),
    Column("DESCRIPTION", flexible=True),
    Column("CREATED"),
)


# --- ls ------------------------------------------------------------------------------------------


@app.command(
    "ls",
    epilog=examples(
        "peninsula artifact ls",
        "peninsula artifact ls --latest --kind table",
        "peninsula artifact ls --run brisk-otter",
        "peninsula artifact ls --key quality --json | jq '.[] | .created'",
    ),
)
def list_artifacts(
    *,
    key: Annotated[
        list[str] | None,
        typer.Option("--key", metavar="KEY", help="With that key. May be repeated: any of them."),
    ] = None,
    kind: Annotated[
        list[ArtifactKind] | None,
        typer.Option(
            "--kind",
            metavar="KIND",
            help="markdown, table, link, image or progress. May be repeated: any of them.",
        ),
    ] = None,
    run: Annotated[
        str | None,
        typer.Option("--run", metavar="RUN", help="Made in that run or below it: id or name."),
    ] = None,
    flow: Annotated[
        list[str] | None,
        typer.Option("--flow", metavar="NAME", help="Made in runs of that flow. May be repeated."),
    ] = None,
    latest: Annotated[
        bool, typer.Option("--latest", help="Of each key the newest version only.")
    ] = False,
    limit: Limit = 25,
    as_json: Json = False,
) -> None:
    """List artifacts, the newest first."""
    wanted = {
        "keys": tuple(key or ()),
        "kinds": tuple(kind or ()),
        "flows": tuple(flow or ()),
        "latest": latest,
    }
    found = ask(lambda api: _list(api, run, wanted, limit))
    lists.show(
        found,
        "artifacts",
        _show,
        nothing="No artifact is like that. All of them: peninsula artifact ls",
        as_json=as_json,
    )


async def _list(
    api: Api, run: str | None, wanted: dict[str, Any], limit: int
) -> paging.Found[Artifact]:
    within = (await find.find_run(api, run)).id if run is not None else None
    return await paging.collect(
        lambda size, cursor: api.artifacts(run=within, limit=size, cursor=cursor, **wanted), limit
    )


def _show(artifacts: Sequence[Artifact], now: datetime) -> None:
    rows = [
        (
            # Whole: there is no other way to name an artifact without key.
            str(artifact.id),
            artifact.kind.value,
            artifact.key or "",
            (artifact.description or "").partition("\n")[0],
            moments.ago(artifact.created, now),
        )
        for artifact in artifacts
    ]
    output.show_table(_COLUMNS, rows)


# --- inspect -------------------------------------------------------------------------------------


class _Found(NamedTuple):
    artifact: Artifact
    """With its body, however large."""
    versions: Sequence[Artifact] = ()


@app.command(
    epilog=examples(
        "peninsula artifact inspect quality",
        "peninsula artifact inspect 0192f3c4-7a1b-7c3d-9e8f-0123456789ab",
        "peninsula artifact inspect quality --json | jq .body",
    )
)
def inspect(
    artifact: Annotated[
        str,
        typer.Argument(metavar="ARTIFACT", help="Its id or its key.", show_default=False),
    ],
    *,
    as_json: Json = False,
) -> None:
    """Say what an artifact is, and show its body."""
    found = ask(lambda api: _inspect(api, artifact, versions=not as_json))
    if as_json:
        output.show_json(found.artifact)
    else:
        _show_details(found, datetime.now(UTC))


async def _inspect(api: Api, said: str, *, versions: bool) -> _Found:
    found = await _find(api, said)
    whole = structs.replace(found, body=Raw(await api.artifact_body(found.id)))
    if not versions or found.key is None:
        return _Found(whole)
    return _Found(whole, (await api.artifacts(keys=(found.key,), limit=VERSIONS)).items)


async def _find(api: Api, said: str) -> Artifact:
    page = await api.artifacts(keys=(said,), limit=1)
    if page.items:
        return page.items[0]
    with suppress(ValueError):
        return await api.artifact(UUID(said))
    msg = f'No artifact has the id or key {said!r}. "peninsula artifact ls" lists them.'
    raise NotFoundError(msg)


def _show_details(found: _Found, now: datetime) -> None:
    artifact = found.artifact
    changed = artifact.updated if artifact.updated != artifact.created else None
    output.show_fields(
        [
            ("id", str(artifact.id)),
            ("key", artifact.key),
            ("kind", artifact.kind.value),
            (
                "created",
                f"{moments.clock(artifact.created)} ({moments.ago(artifact.created, now)})",
            ),
            (
                "updated",
                f"{moments.clock(changed)} ({moments.ago(changed, now)})" if changed else None,
            ),
            ("run", str(artifact.run) if artifact.run else None),
            ("root", str(artifact.root) if artifact.root not in {None, artifact.run} else None),
            ("description", artifact.description),
        ]
    )
    output.show("")
    output.show(output.block(_body(artifact)))
    if len(found.versions) > 1:
        output.show_heading(f"Versions of {artifact.key}, the newest first:")
        _show(found.versions, now)


def _body(artifact: Artifact) -> str:
    body: Any = codec.decode(object, artifact.body)
    match artifact.kind, body:
        case _, str():
            return body
        case ArtifactKind.PROGRESS, int() | float():
            return f"{body:g} %"
        case ArtifactKind.LINK, {"link": str(link), "link_text": str(text)}:
            return f"{text}: {link}"
        case ArtifactKind.LINK, {"link": str(link)}:
            return link
        case ArtifactKind.TABLE, list():
            return "\n".join(codec.encode(row).decode() for row in body)
        case _:
            return codec.encode(body).decode()
