"""Each example runs as a person runs it, and says what it should."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.processes import python

FOLDER = Path(__file__).parents[2] / "examples/features"

SAYS = {
    "01_flows_and_tasks": "12",
    "02_submit_and_map": "[100, 200, 300]",
    "03_retries": "200",
    "04_timeouts": "TimedOut: ",
    "05_subflows": "4",
    "06_async": "[1, 2, 3]",
    "07_generators": "[3, 3, 5]",
    "08_hooks_and_logs": "went on",
    "09_caching": "['Completed 49', 'Cached 49']",
    "10_results": "['monday.json', 'tuesday.json']",
    "11_transactions": "Failed []",
    "12_artifacts": "three artifacts",
    "13_variables": "['eu', 'us']",
    "14_concurrency": "[10, 20]",
    "15_events": "s3://lake/orders.csv",
    "16_processes": "[1, 4, 9]",
    "17_background_tasks": "['Scheduled', 'Scheduled']",
    "18_blocks": "sent 11 characters to team@example.com",
    "19_connectors": "[{'product': 'tea'}]",
}
"""The lines that each ends with, beside its log."""

LOGGED = re.compile(r"^\d\d:\d\d:\d\d\.\d{3} ")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_an_example_says_what_it_should(path: Path, home: Path):
    """Without a server, in a home of its own."""
    with python(path) as program:
        lines = program.succeed().splitlines()
    said = "\n".join(line for line in lines if line and not LOGGED.match(line))
    assert SAYS[path.stem] in said
    assert home.exists()
