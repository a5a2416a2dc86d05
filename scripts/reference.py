"""Write docs/reference from the code: commands, settings, events and examples.

A test compares the pages with what this writes. Run it after a change to one of them.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from peninsula.cli.main import NOUNS, root
from peninsula.core.catalogue import CATALOGUE
from peninsula.core.settings import PREFIX, settings_table

FOLDER = Path(__file__).parents[1] / "docs/reference"
EXAMPLES = Path(__file__).parents[1] / "examples/features"


def main() -> None:
    """Write the pages anew."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


def pages() -> dict[str, str]:
    """Return each page by the name of its file."""
    return {
        "cli.md": "\n".join(commands_page()),
        "events.md": "\n".join(events_page()),
        "examples.md": "\n".join(examples_page()),
        "settings.md": "\n".join(settings_page()),
    }


# --- commands ------------------------------------------------------------------------------------


def commands_page() -> Iterator[str]:
    """Give the lines of the page of commands."""
    yield from heading("Commands")
    yield (
        "Answers go to stdout, remarks and errors to stderr. `--json` prints JSON: what the API "
        "answers, lists as one array, what goes on and on as one object a line. The exit code is "
        "0, 1 when something went wrong, and 2 for wrong usage. Colours are for terminals; "
        "`NO_COLOR` turns them off.\n"
    )
    yield (
        "A command asks the server that `api_url` names, else the one that serves this home. "
        "Without one it opens the local database itself, after taking in what flows left there.\n"
    )
    for noun in NOUNS:
        command = root().get_command(None, noun)
        yield f"## peninsula {noun}\n"
        yield from paragraphs(command.help)
        if not hasattr(command, "commands"):
            yield from usage(f"peninsula {noun}", command)
            continue
        for name, each in verbs(noun, command):
            yield f"### peninsula {name}\n"
            yield from paragraphs(each.help)
            yield from usage(f"peninsula {name}", each)


def verbs(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    """Give each command below a noun with its name: `flow-run ls`, `block type ls`."""
    for verb, each in command.commands.items():
        if hasattr(each, "commands"):
            yield from verbs(f"{name} {verb}", each)
        else:
            yield f"{name} {verb}", each


def paragraphs(text: str) -> Iterator[str]:
    """Give the paragraphs of a help text, each on one line."""
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        yield " ".join(paragraph.split()) + "\n"


def usage(name: str, command: Any) -> Iterator[str]:
    """Give how a command is used: its parameters as a table, and its examples."""
    given = [each for each in command.params if each.name != "help"]
    arguments = [each.metavar for each in given if each.param_type_name == "argument"]
    yield f"`{' '.join([name, *arguments, '[OPTIONS]'])}`\n"
    yield from table(["option", "meaning"], (parameter(each) for each in given))
    yield "```sh"
    yield from (line.strip() for line in command.epilog.split("\n")[2:])
    yield "```\n"


def parameter(given: Any) -> list[str]:
    """Return the row of an argument or option."""
    if given.param_type_name == "argument":
        return [f"`{given.metavar}`", given.help]
    value = "" if given.is_flag else f" {given.metavar}"
    # A flag that can only be turned off, `--no-browser`, has no other names.
    names = ", ".join(f"`{name}{value}`" for name in [*given.opts, *given.secondary_opts])
    notes = []
    if given.multiple and "repeated" not in given.help:
        notes.append("May be repeated.")
    if given.default not in (None, False, ()) and any(given.opts):
        notes.append(f"Default: `{given.default}`.")
    if given.required:
        notes.append("Required.")
    return [names, " ".join([given.help, *notes])]


# --- settings ------------------------------------------------------------------------------------


def settings_page() -> Iterator[str]:
    """Give the lines of the page of settings."""
    yield from heading("Settings")
    yield (
        f"Each setting is read from its environment variable (`{PREFIX}` and the name), else from "
        "`config.toml` in `PENINSULA_HOME`, else it has its default. In a variable, items of a "
        "list are separated by commas, pairs are written `key=value`, and nothing stands for "
        "unset. `peninsula config ls` shows what holds here, and from where; "
        "`peninsula config set` writes the file.\n"
    )
    rows = (
        [f"`{each.name}`", f"`{each.variable}`", default(each.default), each.description]
        for each in settings_table()
    )
    yield from table(["setting", "variable", "default", "meaning"], rows)


def default(value: Any) -> str:
    """Return a default as config.toml would say it."""
    return "unset" if value in (None, (), {}) else f"`{json.dumps(value)}`"


# --- events --------------------------------------------------------------------------------------


def events_page() -> Iterator[str]:
    """Give the lines of the page of events."""
    yield from heading("Events")
    yield (
        "Every event that Peninsula emits by itself. Flows add theirs by `emit_event`, others by "
        "`peninsula event emit` or `POST /api/events`; names that begin with `peninsula.` are not "
        "for them.\n"
    )
    rows = ([f"`{each.name}`", each.when, each.about, each.payload] for each in CATALOGUE)
    yield from table(["event", "when", "about", "payload"], rows)


# --- examples ------------------------------------------------------------------------------------


def examples_page() -> Iterator[str]:
    """Give the lines of the page of examples: the programs themselves."""
    yield from heading("Examples")
    yield (
        "One small program for each feature, from `examples/features`. Each runs by itself, "
        "`python examples/features/09_caching.py`, without a server; the tests run all of them.\n"
    )
    for path in sorted(EXAMPLES.glob("*.py")):
        title, _, program = path.read_text(encoding="utf-8").partition("\n\n")
        name = path.stem.partition("_")[2].replace("_", " ").capitalize()
        yield f"## {name}\n"
        yield title.strip('"') + "\n"
        yield f"```python\n{program.strip()}\n```\n"


# --- Markdown ------------------------------------------------------------------------------------


def heading(title: str) -> Iterator[str]:
    """Give how a page begins."""
    yield f"# {title}\n"
    yield "<!-- Written by scripts/reference.py. -->\n"


def table(titles: list[str], rows: Iterable[list[str]]) -> Iterator[str]:
    """Give the lines of a table."""
    yield f"| {' | '.join(titles)} |"
    yield f"|{' --- |' * len(titles)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
    yield ""


if __name__ == "__main__":
    main()
