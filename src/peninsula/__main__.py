"""Run `python -m peninsula` as the command line."""

from __future__ import annotations

import sys
from typing import Final

EXECUTE: Final = ["flow-run", "execute"]


def main() -> int:
    """Run the command that the arguments name, and return the exit code."""
    if sys.argv[1:] == EXECUTE:
        # Workers start this for each run, and the command line would be half of its start.
        return _execute()
    from peninsula.cli.main import main as command_line  # noqa: PLC0415  as said

    return command_line()


def _execute() -> int:
    from peninsula.core.errors import PeninsulaError  # noqa: PLC0415  as said
    from peninsula.sdk.executing.execution import execute  # noqa: PLC0415  as said

    try:
        return execute()
    except PeninsulaError as problem:
        print(problem.message, file=sys.stderr)  # noqa: T201  for the worker, or who tries it
        return 1


if __name__ == "__main__":
    sys.exit(main())
