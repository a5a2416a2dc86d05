"""Say the options that many commands share once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from peninsula.cli import moments
from peninsula.core.errors import InvalidError

__all__ = ["Json", "Limit", "Since", "Until", "examples"]


def examples(*lines: str) -> str:
    """Return command lines as the end of a help text."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def _moment(text: str) -> datetime:
    try:
        return moments.moment(text, datetime.now(UTC))
    except InvalidError as problem:
        raise typer.BadParameter(problem.message) from None


Json = Annotated[bool, typer.Option("--json", help="Print JSON to stdout.")]

Limit = Annotated[
    int, typer.Option("--limit", "-n", min=1, metavar="N", help="Show this many at most.")
]

Since = Annotated[
    datetime | None,
    typer.Option(
        "--since",
        metavar="TIME",
        parser=_moment,
        help="Only from then on: 15m, 2h, 7d (ago), or 2026-01-31T02:13.",
    ),
]

Until = Annotated[
    datetime | None,
    typer.Option("--until", metavar="TIME", parser=_moment, help="Only before then."),
]
