"""Run one command, and turn what goes wrong into one line, its fix, and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from peninsula.cli import output, streams, values
from peninsula.core.errors import PeninsulaError

__all__ = ["NOUNS", "main", "root"]

FAILED: Final = 1
INTERRUPTED: Final = 130

NOUNS: Final = {
    "run": "Run a flow from a file or a module.",
    "flow-run": "Look at flow runs, follow them, start them again, cancel and delete them.",
    "task": "Serve background tasks.",
    "task-run": "Look at task runs, and at what they logged; cancel those in the background.",
    "why": "Say why a run failed: the probable cause with its evidence, or that none is known.",
    "impact": "Say which flow runs failed with a resource, which passed, which come next.",
    "event": "Look at events, follow them, and tell of your own.",
    "resource": "Look at what runs and events are about: systems, files, pods, runs.",
    "result": "Look at what runs returned, where that was kept.",
    "artifact": "Look at what runs made for people: reports, tables, links, images, progress.",
    "variable": "Look at variables, set and unset them.",
    "block": "Look at blocks, make and delete them, register their types.",
    "deploy": "Make deployments of flows, from peninsula.yaml or by options.",
    "deployment": "Look at deployments, have them run, and say when they run.",
    "work-pool": "Look at work pools, make, change, pause and delete them.",
    "work-queue": "Look at the queues of work pools, make, change, pause and delete them.",
    "worker": "Start workers, and look at those there are.",
    "concurrency-limit": "Look at concurrency limits, make and change them.",
    "config": "Look at settings, and where each comes from; change them.",
    "server": "Start the server, ask how it is, and look after its database.",
    "key": "Make, list and revoke the keys that callers of the API need.",
    "kubernetes": "Print what a cluster of Kubernetes needs.",
    "journal": "Ship what processes leave that are killed.",
    "init": "Write a first flow into a folder.",
    "demo": "Serve a home of its own with some weeks of history in it, to look at.",
    "doctor": "Find out what is wrong with an installation, and say what to do.",
    "completion": "Print what makes a shell complete commands.",
    "version": "Say which version this is.",
}
"""Each has a module of its name, which is imported when it is asked for: most need only one."""


class _Nouns(TyperGroup):
    """The commands by noun, each loaded when it is needed."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        # A mistyped name is compared with these; None is not loaded yet.
        self.commands: dict[str, Any] = dict.fromkeys(NOUNS)

    def list_commands(self, _: Any) -> list[str]:
        return list(NOUNS)

    def get_command(self, _: Any, name: str) -> Any:
        if name not in NOUNS:
            return None
        if self.commands[name] is None:
            module = import_module(f"peninsula.cli.{name.replace('-', '_')}")
            command = typer.main.get_command(module.app)
            command.name = name
            values.lighten(command)
            self.commands[name] = command
        return self.commands[name]

    def format_commands(self, _: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(NOUNS.items()))


def root() -> TyperGroup:
    """Return the command `peninsula`, which holds all others."""
    app = typer.Typer(
        cls=_Nouns,
        help="Run workflows, and see what they depend on.",
        rich_markup_mode=None,
        invoke_without_command=True,
        epilog=(
            "\b\nBegin here:\n"
            "  peninsula run flow.py:nightly -p day=2026-01-31\n"
            "  peninsula flow-run ls\n"
            "  peninsula server start\n\n"
            "Every command says more with --help, and speaks JSON with --json."
        ),
    )
    app.callback()(_peninsula)
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)  # noqa: S101  `cls` says so; mypy cannot know
    values.lighten(group)
    return group


def _peninsula(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Say which version this is, and exit.")
    ] = False,
) -> None:
    if version:
        from importlib.metadata import version as version_of  # noqa: PLC0415  weight: 20 ms

        print(f"peninsula {version_of('peninsula')}")  # noqa: T201  no style
        raise typer.Exit


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name and return the exit code: 2 for wrong usage."""
    streams.prepare()
    try:
        code = _main(arguments)
    except (OSError, ExceptionGroup) as error:
        if (problem := streams.broken() or streams.told_by(error)) is None:
            raise
        return _unread(problem)
    problem = streams.broken()
    return code if problem is None else _unread(problem)


def _unread(problem: OSError) -> int:
    """Say that the answer could not be written, unless nobody wants it: `| head` has its lines."""
    if not isinstance(problem, BrokenPipeError):
        with suppress(OSError):
            output.fail(f"Cannot write the answer: {problem.strerror}.")
        streams.broken()
    return FAILED


def _main(arguments: Sequence[str] | None) -> int:
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = root()(given or ["--help"], prog_name="peninsula", standalone_mode=False)
    except typer.TyperException as problem:
        return _misused(problem)
    except PeninsulaError as problem:
        output.fail(problem.message)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    return code if isinstance(code, int) else 0


def _misused(problem: typer.TyperException) -> int:
    context = getattr(problem, "ctx", None)
    if context is None:
        output.fail(problem.format_message())
    elif problem.format_message() == context.get_help():
        print(context.get_help(), file=sys.stderr)  # noqa: T201  a noun without its verb
    else:
        output.fail(problem.format_message(), f"See: {context.command_path} --help")
    return problem.exit_code
