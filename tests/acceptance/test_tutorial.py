"""The programs of the first page and the tutorial run as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PROGRAMS = [
    program
    for page in ("index.md", "tutorial.md")
    for program in re.findall(r"```python\n(.*?)```", (DOCS / page).read_text(), re.DOTALL)
]


@pytest.mark.parametrize("program", PROGRAMS, ids=range(len(PROGRAMS)))
def test_a_program_of_these_pages_runs(program: str, run_script):
    """Without a server, to a good end."""
    run_script(program).succeed()
