"""Name the program that a command runs: behind shells, assignments and what only prepares."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import PurePath
from typing import Final

__all__ = ["program_of"]

_SHELLS: Final = frozenset({"ash", "bash", "dash", "ksh", "sh", "zsh"})
_BEFORE: Final = frozenset(
    {"!", "command", "do", "elif", "else", "env", "exec", "if", "nohup", "then", "time", "until",
     "while", "{"}
)  # fmt: skip
"""Words and programs that stand before the one that is meant."""
_PREPARING: Final = frozenset(
    {".", ":", "[", "[[", "case", "cd", "done", "esac", "export", "fi", "for", "function", "popd",
     "pushd", "select", "set", "shopt", "source", "test", "trap", "true", "ulimit", "umask",
     "unset", "}"}
)  # fmt: skip
"""Commands that use nothing outside by themselves."""

_ASSIGNMENT: Final = re.compile(r"[A-Za-z_]\w*=")
_LINE_OPTION: Final = re.compile(r"-[a-z]*c")
_NAME: Final = re.compile(r"\w[\w.+-]*")
_PUNCTUATION: Final = "();<>|&\n"


def program_of(command: Sequence[str] | str) -> str | None:
    """Return the name of the first program of a line of shell, or of a program with arguments.

    None where no name can be told: it is in a variable, or the line is none.
    """
    try:
        commands = list(_commands(command)) if isinstance(command, str) else [list(command)]
    except ValueError:
        return None  # a quote that nothing closes
    return next((name for words in commands if (name := _program(words)) is not None), None)


def _program(words: list[str]) -> str | None:
    for at, word in enumerate(words):
        name = PurePath(word).name
        if _ASSIGNMENT.match(word) or word.startswith("-") or name in _BEFORE:
            continue
        if name in _PREPARING:
            return None
        if name in _SHELLS and (line := _line_of(words[at + 1 :])) is not None:
            return program_of(line)
        return name if _NAME.fullmatch(name) else None
    return None


def _line_of(arguments: Sequence[str]) -> str | None:
    """Return the line that a shell is given as `-c`."""
    for option, line in pairwise(arguments):
        if _LINE_OPTION.fullmatch(option):
            return line
    return None


def _commands(line: str) -> Iterator[list[str]]:
    """Give the words of each command of a line, without where its output goes."""
    words: list[str] = []
    inside, target = 0, False
    for token in _tokens(line):
        is_punctuation = token[0] in _PUNCTUATION
        if inside or (token[0] == "(" and words and words[-1].endswith("$")):
            # What $(…) stands for is a part of the word before.
            inside += is_punctuation * (token.count("(") - token.count(")"))
        elif is_punctuation and not {"<", ">"}.isdisjoint(token):
            target = True
        elif is_punctuation:
            yield words
            words = []
        elif target:
            target = False
        else:
            words.append(token)
    yield words


def _tokens(line: str) -> Iterator[str]:
    lexer = shlex.shlex(line.replace("\\\n", " "), posix=True, punctuation_chars=_PUNCTUATION)
    lexer.whitespace = " \t\r"
    lexer.whitespace_split = True
    return (token for token in lexer if token)
