"""Each command that README and docs tell people to type can be typed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from peninsula.cli.main import root

ROOT = Path(__file__).parents[3]
WRITTEN_BY_HAND = [
    path
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    if "decisions" not in path.parts and path.parent != ROOT / "docs/reference"
]
IN_BLOCKS = re.compile(r"^```(?:sh|shell)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(peninsula [^`]+)`")


def commands(page: Path) -> Iterator[tuple[str, bool]]:
    """Give what begins with `peninsula`, and whether it is whole, not the mere mention of one."""
    text = page.read_text(encoding="utf-8")
    for block in IN_BLOCKS.findall(text):
        yield from ((line, True) for line in block.splitlines() if line.startswith("peninsula "))
    yield from ((mention, False) for mention in INLINE.findall(text))


@pytest.mark.parametrize("page", WRITTEN_BY_HAND, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_command_of_a_page_can_be_typed(page: Path):
    """Its verb and options exist; where it is not only mentioned, its values fit, too."""
    for line, whole in commands(page):
        command, words = _found(re.split(r" (?:\|\|?|&&|>>?) ", line)[0])
        if whole:
            command.make_context("example", words)
        options = {option for parameter in command.params for option in parameter.opts}
        given = {word for word in words if re.match(r"--?[a-z]", word)}
        assert given <= options | {"--help"}, line


def _found(line: str) -> tuple[Any, list[str]]:
    words = shlex.split(re.sub(r"\$\([^)]*\)", "x", line), comments=True)[1:]
    command: Any = root()
    while words and hasattr(command, "commands"):
        below = command.get_command(None, words[0])
        assert below is not None, f"There is no such command: {line}"
        command, words = below, words[1:]
    return command, words
