"""pytest knows the fixture and the option, and the examples of the page run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

PAGE = Path(__file__).parents[3] / "docs/testing.md"

SPARED = ["-pno:faker", "-pno:schemathesis"]
"""Plugins that take seconds to load."""

TWO_TESTS = """
    from peninsula import flow

    @flow
    def etl(): ...

    def test_first({argument}):
        etl()

    def test_second(peninsula_harness):
        assert not peninsula_harness.runs()
        etl()
        assert len(peninsula_harness.runs("etl")) == 1
"""


@pytest.fixture
def run_pytest(tmp_path):
    """Run pytest on files of a project of its own: `run_pytest({"test_a.py": …})`."""
    project = tmp_path / "project"
    project.mkdir()

    def run(files):
        for name, text in files.items():
            (project / name).write_text(dedent(text))
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-pno:cacheprovider", *SPARED],
            cwd=project,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_each_test_has_a_harness_of_its_own(run_pytest, home):
    """The fixture is there without an import."""
    done = run_pytest({"test_it.py": TWO_TESTS.format(argument="peninsula_harness")})
    assert "2 passed" in done.stdout, done.stdout
    assert not home.exists()


def test_nobody_has_a_harness_who_does_not_ask(run_pytest, home):
    """Without the option, a flow goes to the home that is set."""
    done = run_pytest({"test_it.py": TWO_TESTS.format(argument="")})
    assert "2 passed" in done.stdout, done.stdout
    assert home.exists()


def test_with_the_option_every_test_has_a_harness(run_pytest, home):
    """Also one that does not name it, and a method of unittest."""
    more = """
    from unittest import TestCase
    from peninsula import flow

    @flow
    def etl(): ...

    class Suite(TestCase):
        def test_third(self):
            etl()
    """
    option = "[pytest]\npeninsula_autouse = true\n"
    first = TWO_TESTS.format(argument="")
    done = run_pytest({"test_it.py": first, "test_more.py": more, "pytest.ini": option})
    assert "3 passed" in done.stdout, done.stdout
    assert not home.exists()


def test_loading_the_plugin_loads_nothing_heavy():
    """It is loaded in every project of an environment that has Peninsula."""
    script = (
        "import pytest, sys; before = set(sys.modules); import peninsula.testing.plugin;"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True
    )
    ours = {"peninsula", "peninsula.testing", "peninsula.testing.plugin"}
    assert set(done.stdout.split()) == ours


def test_the_examples_of_the_page_run(run_pytest, home):
    """Each block is a file, named in its title."""
    blocks = re.findall(
        r'^```\w+ title="(.+?)"\n(.*?)^```', PAGE.read_text(), re.MULTILINE | re.DOTALL
    )
    tests = sum(text.count("\ndef test_") for _, text in blocks)
    done = run_pytest(dict(blocks))
    assert f"{tests} passed" in done.stdout, done.stdout
    assert not home.exists()
