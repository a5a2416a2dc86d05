"""The programs of the tutorial run as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TUTORIAL = Path(__file__).parents[2] / "docs/tutorial.md"
PROGRAMS = re.findall(r"```python\n(.*?)```", TUTORIAL.read_text(), re.DOTALL)


@pytest.mark.parametrize("program", PROGRAMS, ids=range(len(PROGRAMS)))
def test_a_program_of_the_tutorial_runs(program: str, run_script):
    """Without a server, to a good end."""
    run_script(program).succeed()
