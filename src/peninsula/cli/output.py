"""Print: answers on stdout, remarks and errors on stderr; colours on a terminal only."""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from peninsula.core import codec

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table
    from rich.text import Text

__all__ = [
    "Column",
    "block",
    "fail",
    "note",
    "plain",
    "show",
    "show_fields",
    "show_heading",
    "show_indented",
    "show_json",
    "show_json_line",
    "show_table",
    "terminal",
    "text",
    "tint",
    "warn",
]

UNBOUND: Final = 100_000
"""Width where nobody looks: what goes into a pipe or a file is never cut."""

_ESCAPES: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Column(NamedTuple):
    """One column of a table."""

    title: str
    flexible: bool = False
    """Whether it is cut where the terminal is too narrow; the others are whole."""
    right: bool = False
    least: int | None = None
    """Characters that are there however narrow the terminal is."""


@cache
def terminal(*, errors: bool = False) -> Console:
    """Return what prints to stdout, or to stderr."""
    from rich.console import Console  # noqa: PLC0415  weight: 60 ms, and not all commands print

    class Printer(Console):
        def on_broken_pipe(self) -> None:
            # rich would end the process, with stdout thrown away whichever stream it was.
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))

    stream = sys.stderr if errors else sys.stdout
    return Printer(
        stderr=errors,
        width=None if stream.isatty() else UNBOUND,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=False,
    )


def plain(said: str) -> str:
    """Return the text without what would steer the terminal: names and messages are not ours."""
    if said.isprintable():
        return said
    return _CONTROLS.sub("", _ESCAPES.sub("", said))


def text(said: str, style: str = "") -> Text:
    """Return the text in a style of rich, fit for a cell of a table: one line, cut at the end."""
    from rich.text import Text  # noqa: PLC0415  weight, as above

    one_line = " ".join(plain(said).split("\n"))
    return Text(one_line, style, no_wrap=True, overflow="ellipsis", end="")


_SGR: Final = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "cyan": "36",
}


def tint(said: str, style: str) -> str:
    """Return the text in a colour for stdout, without the price of rich: for many lines."""
    return f"\x1b[{_SGR[style]}m{said}\x1b[0m" if style and _coloured() else said


@cache
def _coloured() -> bool:
    return terminal().color_system is not None and not terminal().no_color


def block(said: str, style: str = "") -> Text:
    """Return the text as it is, in as many lines as it has."""
    from rich.text import Text  # noqa: PLC0415  weight, as above

    return Text("\n".join(plain(line) for line in said.strip("\n").split("\n")), style)


def show_indented(said: str, style: str = "") -> None:
    """Print a text in as many lines as it needs, below something that it belongs to."""
    from rich.text import Text  # noqa: PLC0415  weight, as above

    console = terminal()
    for line in block(said, style).wrap(console, console.width - 2):
        line.rstrip()
        show(Text("  ").append_text(line))


def show(what: RenderableType) -> None:
    """Print the answer."""
    terminal().print(what)


def show_heading(said: str) -> None:
    """Print what the next lines are, after a blank one."""
    show("")
    show(text(said, "dim"))


def show_json(value: object) -> None:
    """Print the answer as JSON, indented."""
    sys.stdout.write(msgspec.json.format(codec.encode(value)).decode() + "\n")


def show_json_line(value: object) -> None:
    """Print one of many answers as a line of JSON, at once."""
    sys.stdout.write(codec.encode(value).decode() + "\n")
    sys.stdout.flush()


def show_table(columns: Sequence[Column], rows: Iterable[Sequence[Text | str]]) -> None:
    """Print rows under their titles."""
    from rich.table import Table  # noqa: PLC0415  weight, as above

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in columns:
        table.add_column(
            column.title,
            no_wrap=not column.flexible,
            min_width=column.least,
            justify="right" if column.right else "left",
        )
    for row in rows:
        table.add_row(*(text(cell) if isinstance(cell, str) else cell for cell in row))
    _show_trimmed(table)


def show_fields(fields: Iterable[tuple[str, Text | str | None]]) -> None:
    """Print what a thing is, one named value a line; None is left out."""
    from rich.table import Table  # noqa: PLC0415  weight, as above

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in fields:
        if value is not None:
            table.add_row(name, plain(value) if isinstance(value, str) else value)
    _show_trimmed(table)


def _show_trimmed(table: Table) -> None:
    """Print a table without the blanks at the ends of its lines, which a file would keep."""
    console = terminal()
    if console.is_terminal:
        console.print(table)
        return
    with console.capture() as captured:
        console.print(table)
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def note(said: str) -> None:
    """Say something beside the answer."""
    terminal(errors=True).print(plain(said), style="dim", soft_wrap=True)


def warn(said: str) -> None:
    """Say what may be wrong, though the command goes on."""
    terminal(errors=True).print(plain(said), style="yellow", soft_wrap=True)


_SENTENCE: Final = re.compile(r"(?<=[.!?]) +(?=[A-Z\"'`])")


def fail(message: str, fix: str | None = None) -> None:
    """Say what went wrong in one line, and the fix in the next."""
    from rich.text import Text  # noqa: PLC0415  weight, as above

    what, *rest = _SENTENCE.split(plain(message).strip(), maxsplit=1) if not fix else (message,)
    errors = terminal(errors=True)
    errors.print(Text.assemble(("Error: ", "bold red"), what), soft_wrap=True)
    for line in (*rest, *([fix] if fix else [])):
        errors.print(line, soft_wrap=True)
