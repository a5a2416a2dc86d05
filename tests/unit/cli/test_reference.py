"""The reference in docs/reference says what the code has, and every command explains itself."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from peninsula.cli.main import NOUNS, root
from peninsula.core.catalogue import names
from peninsula.core.settings import settings_table
from scripts import reference

PAGES = reference.pages()


def commands() -> Iterator[tuple[str, Any]]:
    """Each command with its name: `flow-run ls`."""
    for noun in NOUNS:
        command = root().get_command(None, noun)
        if hasattr(command, "commands"):
            yield from reference.verbs(noun, command)
        else:
            yield noun, command


COMMANDS = dict(commands())


@pytest.mark.parametrize("name", sorted(PAGES))
def test_the_page_is_what_the_code_says(name: str):
    """After a change: .venv/bin/python scripts/reference.py."""
    assert (reference.FOLDER / name).read_text() == PAGES[name]


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_and_option_is_documented(name: str):
    """On the page, and in the command's own help."""
    section = PAGES["cli.md"].partition(f"peninsula {name}\n")[2].partition("\n## ")[0]
    command = COMMANDS[name]
    assert command.help.strip().endswith(".")
    for parameter in command.params:
        assert parameter.help, f"{name} says nothing of {parameter.name}"
        assert parameter.help in section
        written = [parameter.metavar] if parameter.param_type_name == "argument" else parameter.opts
        assert all(f"`{word}" in section for word in written)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_speaks_json(name: str):
    """All but those that serve until they are told to stop, and those that programs call."""
    options = {option for parameter in COMMANDS[name].params for option in parameter.opts}
    assert ("--json" in options) == (name not in _MUTE)


_MUTE = {
    "server start",
    "task serve",
    "worker start",
    "flow-run execute",
    "journal ship",
    "completion",
}


@pytest.mark.parametrize("noun", NOUNS)
def test_a_noun_is_introduced_by_the_same_words_everywhere(noun: str):
    """`peninsula --help` lists them without loading the noun."""
    command = root().get_command(None, noun)
    module = sys.modules[f"peninsula.cli.{noun.replace('-', '_')}"]
    assert module.__doc__ == NOUNS[noun]
    if hasattr(command, "commands"):
        assert command.help.startswith(NOUNS[noun])


@pytest.mark.parametrize("noun", NOUNS)
def test_a_noun_says_each_of_its_commands_in_a_line(noun: str):
    """A first sentence that is cut off in 80 columns says too little."""
    command: Any = root().get_command(None, noun)
    assert "..." not in command.get_help(command.context_class(command)).replace("ARGS]...", "")


def examples() -> Iterator[str]:
    """Every example of every help text."""
    for command in COMMANDS.values():
        assert command.epilog.startswith("\b\nExamples:\n")
        yield from (line.strip() for line in command.epilog.split("\n")[2:])


@pytest.mark.parametrize("example", sorted(set(examples())))
def test_an_example_is_a_command_that_can_be_typed(example: str):
    """Its options exist and its values fit; what follows a pipe or goes to a file is not ours."""
    assert len(example) <= 78
    text = re.sub(r"\$\((?!peninsula)[^)]*\)", "x", example)
    words = shlex.split(re.sub(r".*\$\(|\)$", "", text))
    assert words.pop(0) == "peninsula"
    for end in ("|", "&&", "||", ">", ">>"):
        words = words[: words.index(end)] if end in words else words
    command: Any = root()
    while hasattr(command, "commands"):
        command = command.get_command(None, words.pop(0))
    command.make_context("example", words)


def test_each_setting_is_documented():
    """With its variable and what it means."""
    for setting in settings_table():
        assert f"| `{setting.name}` | `{setting.variable}` |" in PAGES["settings.md"]
        assert setting.description.endswith(".")
        assert setting.description in PAGES["settings.md"]


def test_each_event_is_documented():
    """By its name."""
    for name in names():
        assert f"| `{name}` |" in PAGES["events.md"]


def test_the_script_writes_the_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """All of them, into their folder."""
    folder = tmp_path / "reference"
    monkeypatch.setattr(reference, "FOLDER", folder)
    reference.main()
    assert {path.name: path.read_text() for path in folder.iterdir()} == PAGES
